import assert from 'node:assert/strict'
import { test } from 'node:test'

import { splitAtCut } from '../src/relevance.ts'

const hits = [{ relevance: 0.9 }, { relevance: 0.3 }, { relevance: 0.2 }]

test('results below the cut are unlikely', () => {
  assert.deepEqual(splitAtCut(hits, 0.3), { likely: hits.slice(0, 2), unlikely: hits.slice(2) })
  assert.deepEqual(splitAtCut(hits, 0.95), { likely: [], unlikely: hits })
})

test('without a cut or a relevance, all results are likely', () => {
  assert.deepEqual(splitAtCut(hits, null), { likely: hits, unlikely: [] })
  assert.deepEqual(splitAtCut([{ relevance: null }, {}], 0.5), { likely: [{ relevance: null }, {}], unlikely: [] })
})
