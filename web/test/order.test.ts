import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hit } from '../src/api.ts'
import { inOrder, ownFirst, takenAt } from '../src/order.ts'

const hit = (id: string, taken?: string | number) => ({ id, metadata: taken === undefined ? {} : { taken } }) as unknown as Hit
const hits = [hit('a', '2020-05-01T10:00:00'), hit('b'), hit('c', '2024-01-01T00:00:00'), hit('d', '2011-12-31T23:59:59')]
const ids = (found: Hit[]) => found.map(({ id }) => id).join('')

test('the best come first, as they came', () => {
  assert.equal(ids(inOrder(hits, '')), 'abcd')
})

test('the newest or the oldest come first, those without a date last', () => {
  assert.equal(ids(inOrder(hits, '-taken')), 'cadb')
  assert.equal(ids(inOrder(hits, 'taken')), 'dacb')
  assert.equal(ids(hits), 'abcd')
})

test('a date is a text', () => {
  assert.equal(takenAt(hit('a', 2020)), null)
  assert.equal(takenAt(hit('a', '2020')), '2020')
})

test('texts of a language come first, each in the order they came', () => {
  const texts = ['a:en', 'b:fr', 'c:', 'd:fr'].map((each) => {
    const [id, lang] = each.split(':')
    return { id, metadata: lang ? { lang } : {} } as unknown as Hit
  })
  assert.equal(ids(ownFirst(texts, 'fr')), 'bdac')
  assert.equal(ids(ownFirst(texts, 'de')), 'abcd')
})
