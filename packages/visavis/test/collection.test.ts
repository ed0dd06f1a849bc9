import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection, CollectionError, type Modality, QueryError, type WeightedVector } from '../src/index.ts'
import { Moments, unit } from '../src/moments.ts'
import { cosine, random } from './fixtures.ts'

const DIM = 7

function filled(count: number, info = {}): { collection: Collection; vectors: Map<string, Float32Array> } {
  const draw = random(1)
  const collection = new Collection({ id: 'model', dim: DIM, info })
  const vectors = new Map<string, Float32Array>()
  for (let n = 0; n < count; n++) {
    const vector = unit(Float32Array.from({ length: DIM }, draw))
    vectors.set(`i${n}`, vector)
    collection.add({ id: `i${n}`, modality: n % 5 ? 'image' : 'text', source: `${n}.jpg`, metadata: { n } }, vector)
  }
  return { collection, vectors }
}

function text(vector: ArrayLike<number>, weight = 1, modality: Modality = 'text'): WeightedVector {
  return { vector, weight, modality }
}

test('an item removed or replaced is found no more, and all others are', () => {
  const { collection, vectors } = filled(200)
  const draw = random(2)
  for (let n = 0; n < 200; n += 3) assert.ok(collection.remove(`i${n}`))
  assert.ok(!collection.remove('i0'))
  const moved = unit(Float32Array.from({ length: DIM }, draw))
  collection.add({ id: 'i1', modality: 'image', source: '1.jpg', metadata: {} }, moved)
  vectors.set('i1', moved)
  assert.equal(collection.size, 133)
  const query = unit(Float32Array.from({ length: DIM }, draw))
  const expected = [...vectors]
    .filter(([id]) => Number(id.slice(1)) % 3 && Number(id.slice(1)) % 5)
    .map(([id, vector]) => [id, cosine(vector, query)] as const)
    .sort((a, b) => b[1] - a[1])
  const hits = collection.search([text(query)], { k: 200 })
  assert.deepEqual(hits.map((hit) => hit.id), expected.map(([id]) => id))
})

test('moments kept up to date are those of what is left', () => {
  const { vectors } = filled(50)
  const all = [...vectors.values()]
  const moments = new Moments(DIM)
  for (const vector of all) moments.add(vector)
  for (const vector of all.slice(0, 20)) moments.remove(vector)
  const left = all.slice(20)
  const query = all[0]
  const similar = left.map((vector) => cosine(vector, query))
  const mean = similar.reduce((a, b) => a + b) / left.length
  const deviation = Math.sqrt(similar.reduce((sum, value) => sum + (value - mean) ** 2, 0) / left.length)
  assert.equal(moments.count, 30)
  assert.ok(Math.abs(moments.deviation(query) - deviation) < 1e-9)
  assert.ok(Math.abs(cosine(moments.mean(), query) - mean) < 1e-9)
})

test('k beyond what is there, an empty collection and equal scores', () => {
  const { collection, vectors } = filled(10)
  const query = text(vectors.get('i1')!)
  assert.equal(collection.search([query], { k: 1000 }).length, 8)
  assert.deepEqual(new Collection({ id: 'model', dim: DIM }).search([query]), [])
  for (const id of ['b', 'a', 'c']) collection.add({ id, modality: 'image', source: id, metadata: {} }, query.vector)
  assert.deepEqual(collection.search([query], { k: 4 }).map((hit) => hit.id), ['a', 'b', 'c', 'i1'])
})

test('more matching items than are held at once', () => {
  const { collection, vectors } = filled(5000)
  const query = vectors.get('i1')!
  const all = collection.search([text(query)], { k: 4000 })
  assert.deepEqual(collection.search([text(query)], { k: 3 }), all.slice(0, 3))
})

test('a single item, whose similarities do not spread, is found by several terms', () => {
  const { collection, vectors } = filled(2)
  const terms = [text(vectors.get('i0')!), text(vectors.get('i1')!)]
  const [hit] = collection.search(terms)
  assert.equal(hit.id, 'i1')
  assert.equal(hit.score, 0)
})

test('the only image of a collection is a term as it is: it differs from the mean of all by nothing', () => {
  const { collection, vectors } = filled(20)
  for (let n = 2; n < 20; n++) if (n % 5) collection.remove(`i${n}`)
  const terms = [text(vectors.get('i1')!, 1, 'image'), text(vectors.get('i0')!)]
  const scores = (fusion?: 'centred' | 'calibrated') => collection.search(terms, { modality: 'text', fusion }).map((hit) => hit.score)
  assert.equal(scores().length, 4)
  assert.deepEqual(scores(), scores('centred'))
  assert.deepEqual(scores('centred'), scores('calibrated'))
})

test('the mean of all images is taken from an image term, and that of words from a text if the model has one', () => {
  const { collection, vectors } = filled(20)
  const [image, words] = [vectors.get('i1')!, vectors.get('i0')!]
  const best = (modality: Modality, fusion: 'centred' | 'calibrated') =>
    collection.search([text(image, 1, modality), text(words)], { fusion })
  assert.notDeepEqual(best('image', 'centred'), best('image', 'calibrated'))
  assert.deepEqual(best('text', 'centred'), best('text', 'calibrated'))
  assert.deepEqual(best('image', 'calibrated'), best('text', 'calibrated'))
  const mean = Array.from(words, (value) => value / 2)
  const other = filled(20, { textMean: mean }).collection
  const terms = [text(image, 1, 'image'), text(vectors.get('i2')!)]
  const moved = unit(Float32Array.from(terms[1].vector, (value, n) => value - mean[n]))
  assert.deepEqual(other.search(terms), collection.search([terms[0], text(moved)]))
  assert.notDeepEqual(other.search(terms), collection.search(terms))
})

test('weights count in proportion, however large', () => {
  const { collection, vectors } = filled(20)
  const terms = (weight: number) => [text(vectors.get('i1')!, weight), text(vectors.get('i0')!, -weight / 2)]
  for (const fusion of ['sum', 'centred'] as const) assert.deepEqual(collection.search(terms(Number.MAX_VALUE), { fusion }), collection.search(terms(1), { fusion }))
})

test('what makes no sense is refused in one line', () => {
  const { collection, vectors } = filled(5)
  const vector = vectors.get('i1')!
  const item = { id: 'x', modality: 'image', source: 'x', metadata: {} } as const
  assert.throws(() => collection.add(item, [1, 2]), CollectionError)
  assert.throws(() => collection.add(item, new Float32Array(DIM).fill(NaN)), CollectionError)
  assert.throws(() => filled(5, { textMean: [1, 2] }), /a mean of texts of 2 numbers: this collection takes 7/)
  assert.throws(() => collection.search([]), QueryError)
  assert.throws(() => collection.search([text(new Float32Array(DIM).fill(NaN))]), /holds NaN or infinity/)
  assert.throws(() => collection.search([text(vector)], { k: 0 }), QueryError)
  assert.throws(() => collection.search([text(vector, 0)]), QueryError)
  assert.throws(() => collection.search([text([1])]), QueryError)
  assert.throws(() => collection.search([text(vector), text(vector, -1)]), /cancel each other out/)
  assert.throws(() => collection.search([{ vector, weight: 1 } as any]), /modality 'undefined' of a term: expected image or text/)
  assert.throws(() => collection.search([text(vector)], { fusion: 'centered' as any }), /fusion 'centered': expected calibrated/)
  assert.throws(() => collection.search([text(vector)], { where: ['width'] }), /is not 'key=value'/)
})
