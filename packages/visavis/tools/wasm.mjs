// Compile src/scan.wat to src/scanModule.ts; with --check, tell whether that file is what the text gives.
import { readFileSync, writeFileSync } from 'node:fs'
import wabt from 'wabt'

const source = new URL('../src/scan.wat', import.meta.url)
const target = new URL('../src/scanModule.ts', import.meta.url)

const { parseWat } = await wabt()
const binary = parseWat('scan.wat', readFileSync(source, 'utf8'), { simd: true }).toBinary({}).buffer
const text = `// Written by \`npm run wasm\` from scan.wat: ${binary.length} bytes of WebAssembly.
export const SCAN = '${Buffer.from(binary).toString('base64')}'
`
if (!process.argv.includes('--check')) writeFileSync(target, text)
else if (readFileSync(target, 'utf8') !== text) {
  console.error('src/scanModule.ts is not what src/scan.wat gives: npm run wasm')
  process.exit(1)
}
