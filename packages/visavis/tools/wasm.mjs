// Compile src/scan.wat and src/resize.wat to modules; with --check, tell whether those are what the texts give.
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

const { parseWat } = await wabt()
for (const name of ['scan', 'resize']) {
  const source = new URL(`../src/${name}.wat`, import.meta.url)
  const target = new URL(`../src/${name}Module.ts`, import.meta.url)
  const binary = parseWat(`${name}.wat`, readFileSync(source, 'utf8'), { simd: true }).toBinary({}).buffer
  const text = `// Written by \`npm run wasm\` from ${name}.wat: ${binary.length} bytes of WebAssembly.
export const ${name.toUpperCase()} = '${Buffer.from(binary).toString('base64')}'
`
  if (!process.argv.includes('--check')) writeFileSync(target, text)
  else if (readFileSync(target, 'utf8') !== text) {
    console.error(`src/${name}Module.ts is not what src/${name}.wat gives: npm run wasm`)
    process.exit(1)
  }
}
