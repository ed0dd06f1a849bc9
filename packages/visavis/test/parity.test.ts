import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Collection, loadModel, resize } from '../src/index.ts'
import { TextTokenizer } from '../src/tokens.ts'
import { bytes, cosine, fixtures, floats, MODEL } from './fixtures.ts'

const LEAST = 0.99999

test('tokens are those of Python', () => {
  const tokenizer = new TextTokenizer(JSON.parse(readFileSync(`${MODEL}/tokenizer.json`, 'utf8')))
  for (const { text, ids } of fixtures.texts) assert.deepEqual(tokenizer.ids(text), ids, text.slice(0, 60))
})

test('vectors of texts are those of Python', async () => {
  const model = await loadModel(MODEL)
  const vectors = await model.encodeTexts(fixtures.texts.map(({ text }: any) => text))
  fixtures.texts.forEach(({ text, vector }: any, n: number) => {
    assert.ok(cosine(vectors[n], floats(vector)) >= LEAST, text.slice(0, 60))
  })
})

test('images are resized to the bytes of Pillow, with SIMD and without', () => {
  for (const { size, to, interpolation, before, after } of fixtures.resized) {
    const [rgb, expected] = [bytes(before), Buffer.from(bytes(after))]
    const rgba = Uint8Array.from({ length: (rgb.length / 3) * 4 }, (_, at) => (at % 4 === 3 ? 255 : rgb[((at >> 2) * 3) + (at & 3)]))
    for (const data of [rgb, rgba]) {
      for (const simd of [true, false]) {
        const found = resize({ data, width: size[0], height: size[1] }, to[0], to[1], interpolation, simd)
        assert.ok(expected.equals(Buffer.from(found.data)), `${interpolation} ${size} to ${to}, SIMD: ${simd}`)
      }
    }
  }
})

test('vectors of images are those of Python', async () => {
  const model = await loadModel(MODEL)
  const images = fixtures.images.map(({ size, rgb }: any) => ({ data: bytes(rgb), width: size[0], height: size[1] }))
  const vectors = await model.encodeImages(images)
  fixtures.images.forEach(({ vector }: any, n: number) => assert.ok(cosine(vectors[n], floats(vector)) >= LEAST))
})

test('rankings and scores are those of Python, of one term and of several, by each fusion, with filters', () => {
  const { vectors, items, queries, text_mean: textMean } = fixtures.collection
  const all = floats(vectors)
  const dim = all.length / items.length
  const collection = new Collection({ id: 'model', dim, info: { textMean } })
  items.forEach((item: any, n: number) => collection.add({ ...item, modality: 'image' }, all.subarray(n * dim, (n + 1) * dim)))
  for (const { terms, where, fusion, hits } of queries) {
    const found = collection.search(terms.map((term: any) => ({ ...term, vector: floats(term.vector) })), { where, fusion })
    const own = new Map<string, number>(hits) // twice as many, since nearly equal scores may change places
    assert.equal(found.length, Math.min(10, hits.length))
    found.forEach(({ id, score }, n) => {
      assert.ok(Math.abs(score - hits[n][1]) < 1e-5, `rank ${n + 1}: ${score} for ${hits[n][1]}`)
      assert.ok(Math.abs(score - own.get(id)!) < 1e-5, `${id}: ${score} for ${own.get(id)}`)
    })
  }
})
