import assert from 'node:assert/strict'
import { createReadStream, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CollectionError, importCollection } from '../src/index.ts'
import { floats } from './fixtures.ts'

/** What `exported.py` wrote; `make device-check` makes it first. */
const FOLDER = process.env.VISAVIS_EXPORTED ?? '../../build/exported'
const expected = JSON.parse(readFileSync(`${FOLDER}/expected.json`, 'utf8'))
const file = (name: string) => new Uint8Array(readFileSync(`${FOLDER}/${name}.visavis`))

for (const [precision, error, least] of [['float16', 1e-3, 0.99], ['int8', 1e-2, 0.95]] as const) {
  test(`the ten best of an export in ${precision} are those of Python`, async () => {
    const { model } = expected
    const collection = await importCollection(createReadStream(`${FOLDER}/${precision}.visavis`), { model })
    assert.equal(collection.size, expected.count)
    assert.equal(collection.modelId, model.id)
    let same = 0
    for (const { terms, hits } of expected.queries) {
      const query = terms.map(({ weight, vector }: any) => ({ weight, vector: floats(vector), modality: 'text' as const }))
      const found = collection.search(query)
      const scores = new Map<string, number>(hits)
      for (const hit of found) {
        if (!scores.has(hit.id)) continue
        same++
        assert.ok(Math.abs(hit.score - scores.get(hit.id)!) < error, `${hit.score} for ${scores.get(hit.id)}`)
      }
    }
    const overlap = same / (10 * expected.queries.length)
    console.log(`${precision}: ${(100 * overlap).toFixed(2)} % of the ten best of ${expected.queries.length} queries`)
    assert.ok(overlap >= least, String(overlap))
  })
}

test('a file may arrive in pieces of any size', async () => {
  const bytes = file('int8').slice()
  async function* pieces() {
    for (let at = 0, step = 1; at < bytes.length; at += step, step = 1 + ((step * 7919) % 60_000)) yield bytes.subarray(at, at + step)
  }
  const whole = await importCollection(bytes)
  const seen: number[] = []
  const streamed = await importCollection(pieces(), { progress: (items) => seen.push(items) })
  assert.deepEqual([...streamed], [...whole])
  assert.deepEqual(streamed.vector('00007'), whole.vector('00007'))
  assert.equal(seen.at(-1), expected.count)
  assert.equal((await importCollection(new Blob([bytes]))).size, expected.count)
  assert.equal((await importCollection(new Response(bytes))).size, expected.count)
})

test("another model's vectors, damage, a file cut short and other files are refused in one line", async () => {
  const bytes = file('float16')
  const refused = (source: Uint8Array, message: RegExp, model?: { id: string; dim: number }) =>
    assert.rejects(importCollection(source, { model }), (error: Error) => error instanceof CollectionError && message.test(error.message) && !error.message.includes('\n'))
  await refused(bytes, /vectors of model .* and the model here is other/, { id: 'other', dim: 256 })
  await refused(bytes.subarray(0, bytes.length - 30), /cut short/)
  await refused(bytes.subarray(0, bytes.length >> 1), /cut short/)
  await refused(bytes.map((byte, n) => (n === bytes.length >> 1 ? byte ^ 1 : byte)), /damaged/)
  await refused(new TextEncoder().encode('{"format": 1}'), /no file that visavis export/)
  await refused(new Uint8Array(), /no file that visavis export/)
})
