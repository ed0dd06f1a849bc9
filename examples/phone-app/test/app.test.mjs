import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const SITE = join(HERE, '../../build/device')
const PUBLIC = { android: 'android/app/src/main/assets/public', ios: 'ios/App/App/public' }
let app

/** Make both projects in a folder of their own, as the README says; neither SDK is needed for it. */
before(() => {
  app = mkdtempSync(join(tmpdir(), 'phone-app-'))
  for (const name of ['package.json', 'privacy.mjs']) cpSync(join(HERE, name), join(app, name))
  const config = JSON.parse(readFileSync(join(HERE, 'capacitor.config.json'), 'utf8'))
  writeFileSync(join(app, 'capacitor.config.json'), JSON.stringify({ ...config, webDir: SITE }))
  symlinkSync(join(HERE, 'node_modules'), join(app, 'node_modules'))
  const run = (command, ...given) => execFileSync(command, given, { cwd: app, stdio: 'pipe', env: { ...process.env, CI: '1' } })
  for (const platform of Object.keys(PUBLIC)) run('npx', '--no-install', 'cap', 'add', platform)
  run(process.execPath, 'privacy.mjs')
})

after(() => rmSync(app, { recursive: true, force: true }))

for (const [platform, folder] of Object.entries(PUBLIC)) {
  test(`the app for ${platform} has the page, and a model that is whole`, () => {
    const read = (file) => readFileSync(join(app, folder, file))
    assert.deepEqual(read('index.html'), readFileSync(join(SITE, 'index.html')))
    const { files } = JSON.parse(read('device.json')).model
    assert.ok(Object.keys(files).length >= 4)
    for (const { url, sha256 } of Object.values(files)) {
      assert.equal(createHash('sha256').update(read(url)).digest('hex'), sha256, url)
    }
  })
}

test('Android gives the app no network and backs nothing up', () => {
  const manifest = readFileSync(join(app, 'android/app/src/main/AndroidManifest.xml'), 'utf8')
  assert.doesNotMatch(manifest, /uses-permission/)
  assert.match(manifest, /allowBackup="false"/)
})

test('iOS is told what the camera is for', () => {
  const info = readFileSync(join(app, 'ios/App/App/Info.plist'), 'utf8')
  assert.match(info, /<key>NSCameraUsageDescription<\/key>\s*<string>\S/)
})

test('what it changes in the projects is changed once, and told if it is not there', async () => {
  const { describedInfo, privateManifest } = await import(join(app, 'privacy.mjs'))
  const manifest = readFileSync(join(app, 'android/app/src/main/AndroidManifest.xml'), 'utf8')
  const info = readFileSync(join(app, 'ios/App/App/Info.plist'), 'utf8')
  assert.equal(privateManifest(manifest), manifest)
  assert.equal(describedInfo(info), info)
  assert.throws(() => privateManifest('<manifest><uses-permission android:name="android.permission.INTERNET"/></manifest>'), /not as expected/)
  assert.throws(() => describedInfo(''), /not as expected/)
})
