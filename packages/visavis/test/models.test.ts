import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { loadModel } from '../src/index.ts'
import { bytes, cosine, floats } from './fixtures.ts'

/** What `models.py` wrote; `make device-check` makes it first. */
const FOLDER = process.env.VISAVIS_MODELS ?? '../../build/models'
const LEAST = { static: 0.999 } as Record<string, number> // two libraries may round bytes otherwise

const models: [string, any][] = existsSync(`${FOLDER}/expected.json`) ? Object.entries(JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'))) : []

test('there are models to compare', () => assert.equal(models.length, 4))

for (const [name, { id, texts, images }] of models) {
  test(`vectors of ${id} are those of Python`, async () => {
    const model = await loadModel(`${FOLDER}/${name}`)
    const least = LEAST[name] ?? 0.99999
    assert.equal(model.id, id)
    const found = await model.encodeTexts(texts.map(({ text }: any) => text))
    texts.forEach(({ text, vector }: any, n: number) => assert.ok(cosine(found[n], floats(vector)) >= least, `${text.slice(0, 60)}: ${cosine(found[n], floats(vector))}`))
    const seen = await model.encodeImages(images.map(({ size, rgb }: any) => ({ data: bytes(rgb), width: size[0], height: size[1] })))
    images.forEach(({ size, vector }: any, n: number) => assert.ok(cosine(seen[n], floats(vector)) >= least, `${size}: ${cosine(seen[n], floats(vector))}`))
    await model.release()
  })
}
