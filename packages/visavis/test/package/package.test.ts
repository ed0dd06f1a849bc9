// What is published: packed, checked, and installed into an empty project.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { MODEL } from '../fixtures.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const MODULES = join(ROOT, 'node_modules')
const project = mkdtempSync(join(tmpdir(), 'visavis-'))
const binary = (name: string) => join(MODULES, '.bin', name)
let archive: string

function run(command: string, args: string[], cwd = project): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    throw new Error(`${command} ${args.join(' ')}\n${stdout}${stderr}`)
  }
}

before(() => {
  run('npm', ['run', 'build', '--silent'], ROOT)
  const [{ filename }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], ROOT))
  archive = join(project, filename)
  writeFileSync(join(project, 'package.json'), '{"name": "empty", "private": true, "type": "module"}')
  // Its one dependency and its peers are those of this folder, so that nothing is downloaded.
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', archive, join(MODULES, '@huggingface/tokenizers')])
  for (const peer of ['onnxruntime-node', 'onnxruntime-common', 'onnxruntime-web']) symlinkSync(join(MODULES, peer), join(project, 'node_modules', peer))
})
after(() => rmSync(project, { recursive: true, force: true }))

test('publint and attw find nothing', () => {
  run(binary('publint'), ['--strict', archive])
  run(binary('attw'), ['--profile', 'esm-only', archive])
})

test('it has what it needs, and nothing else', () => {
  const files = run('tar', ['-tzf', archive]).trim().split('\n').map((name) => name.replace('package/', ''))
  for (const file of ['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts', 'dist/store.js', 'dist/worker.js']) assert.ok(files.includes(file), file)
  assert.deepEqual(files.filter((name) => !/^(README\.md|LICENSE|package\.json|dist\/\w+(\.d)?\.[jt]s)$/.test(name)), [])
})

test('it runs in an empty project', () => {
  const script = `
    import { Collection, loadModel, ModelError } from 'visavis'
    import { Store } from 'visavis/store'
    const model = await loadModel(${JSON.stringify(MODEL)})
    const [dog] = await model.encodeTexts(['un chien'])
    const photos = new Collection(model)
    photos.add({ id: 'a', modality: 'image', source: 'a.jpg', metadata: {} }, dog)
    const [hit] = photos.search([{ vector: dog, weight: 1, modality: 'text' }])
    const told = await loadModel('/nowhere').catch((error) => error)
    console.log(hit.id, told instanceof ModelError, typeof Store.open)`
  assert.equal(run('node', ['--input-type=module', '--eval', script]), 'a true function\n')
})

test('its types are found by Node and by bundlers', () => {
  const source = `
    import { Collection, type Encoder, loadModel, remote } from 'visavis'
    import { type KeptCollection, Store } from 'visavis/store'
    import 'visavis/worker'
    const model: Encoder = await loadModel('/model', { wasmPaths: { wasm: '/ort.wasm' } })
    const photos: KeptCollection = await Store.open('photos', model)
    const there: KeptCollection = await remote(new Worker('w.js')).openStore('photos', model)
    // @ts-expect-error a collection is of a model
    new Collection()
    export { photos, there }`
  writeFileSync(join(project, 'app.ts'), source)
  const common = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2023,dom', 'app.ts']
  run(binary('tsc'), ['--module', 'nodenext', ...common])
  run(binary('tsc'), ['--module', 'esnext', '--moduleResolution', 'bundler', ...common])
})

test('a bundle has only what is used of it', () => {
  mkdirSync(join(project, 'out'))
  const sizes = ['parseCondition', 'Collection', 'loadModel'].map((name) => {
    writeFileSync(join(project, `${name}.js`), `import { ${name} } from 'visavis'\nconsole.log(${name})`)
    run(binary('esbuild'), [`${name}.js`, '--bundle', '--minify', '--format=esm', `--outfile=out/${name}.js`, '--external:onnxruntime-*', '--external:node:*'])
    return readFileSync(join(project, `out/${name}.js`), 'utf8')
  })
  console.log(`minified: ${sizes.map(({ length }) => `${(length / 1000).toFixed(1)} kB`).join(', ')} for a filter, a collection, a model`)
  assert.ok(sizes[0].length < 2000)
  assert.ok(!sizes[1].includes('onnxruntime') && sizes[2].includes('onnxruntime'))
})
