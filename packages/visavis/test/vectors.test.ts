import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Collection, type WeightedVector } from '../src/index.ts'
import { fromFloat16, toFloat16 } from '../src/float16.ts'
import { unit } from '../src/moments.ts'
import { candidates } from '../src/ranking.ts'
import { Vectors } from '../src/vectors.ts'
import { cosine, random } from './fixtures.ts'

const draw = random(11)
const drawn = (dim: number) => unit(Float32Array.from({ length: dim }, draw))

for (const dim of [1, 7, 16, 64, 250, 256]) {
  test(`products of ${dim} numbers are within the margin of the exact ones, with SIMD and without`, () => {
    const [quick, plain] = [new Vectors(dim), new Vectors(dim, false)]
    assert.deepEqual([quick.simd, plain.simd], [true, false])
    const rows = Array.from({ length: 5000 }, () => toFloat16(drawn(dim)))
    rows[7].fill(1) // the least half, which is subnormal
    rows[8].fill(0x83ff) // the largest subnormal one, negative
    rows.forEach((halves, row) => [quick, plain].forEach((vectors) => vectors.set(row, halves)))
    const query = Float64Array.from(drawn(dim), (value) => 30 * value)
    for (const vectors of [quick, plain]) {
      const found = vectors.products(query, rows.length)
      rows.forEach((halves, row) => {
        const exact = cosine(query, fromFloat16(halves))
        assert.ok(Math.abs(vectors.product(query, row) - exact) < 1e-12)
        assert.ok(Math.abs(found[row] - exact) <= vectors.margin(query), `${row}: ${found[row]} for ${exact}`)
      })
      assert.ok(Math.abs(found[7] / cosine(query, fromFloat16(rows[7])) - 1) < 1e-3, 'a subnormal number counts as 0')
    }
  })
}

test('hits and scores with SIMD are those without, and those of all exact products', () => {
  const dim = 40
  const [quick, plain] = [undefined, false].map((simd) => new Collection({ id: 'model', dim }, { simd }))
  const group = drawn(dim)
  const vectors = Array.from({ length: 6000 }, (_, n) => (n % 3 ? drawn(dim) : unit(group.map((value) => value + 1e-4 * draw()))))
  vectors.forEach((vector, n) => {
    const item = { id: `${n % 97}-${n}`, modality: 'image', source: `${n}`, metadata: { n } } as const
    for (const collection of [quick, plain]) collection.add(item, vector)
  })
  for (const collection of [quick, plain]) for (let n = 0; n < 6000; n += 5) collection.remove(`${n % 97}-${n}`)
  const near: WeightedVector = { vector: group, weight: 1, modality: 'text' }
  for (const terms of [[near], [near, { vector: drawn(dim), weight: -0.5, modality: 'image' } as const]]) {
    for (const options of [{ k: 10 }, { k: 2500 }, { k: 30, where: ['n<3000'] }]) assert.deepEqual(quick.search(terms, options), plain.search(terms, options))
  }
  const exact = [...quick]
    .map(({ id }) => ({ id, score: Math.round(1e6 * cosine(group, fromFloat16(toFloat16(vectors[Number(id.split('-')[1])])))) / 1e6 }))
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
  assert.deepEqual(quick.search([near], { k: 50 }).map(({ id, score }) => ({ id, score })), exact.slice(0, 50))
})

test('candidates are few, unless many scores are equal', () => {
  const scores = Float32Array.from({ length: 50_000 }, draw)
  const best = [...scores].sort((a, b) => b - a)
  assert.deepEqual(candidates(scores, 10, 0, () => true).map((row) => scores[row]).sort((a, b) => b - a), best.slice(0, 10))
  assert.equal(candidates(scores, 10, 0, (row) => row < 4).length, 4)
  assert.equal(candidates(scores.fill(1), 10, 0, () => true).length, 50_000)
})
