/** Copy a model folder into the app: the bundled one, or the folder that is named. */

import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder = fileURLToPath(new URL('../../src/visavis/bundled', import.meta.url))] = process.argv.slice(2)
const to = fileURLToPath(new URL('assets/model', import.meta.url))

mkdirSync(to, { recursive: true })
for (const file of ['model.json', 'tokenizer.json', 'image.onnx', 'text.onnx']) cpSync(join(folder, file), join(to, file))
console.log(`${folder} → ${to}`)
