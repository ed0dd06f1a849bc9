import assert from 'node:assert/strict'
import { test } from 'node:test'
import { halvings } from '../src/halvings.ts'

test('a photograph becomes small by halves, and never smaller than the model needs', () => {
  assert.deepEqual(halvings(4000, 3000), [
    { width: 2000, height: 1500 },
    { width: 1000, height: 750 },
  ])
  assert.deepEqual(halvings(960, 1281), [{ width: 480, height: 641 }])
  assert.deepEqual(halvings(959, 5000), [])
})
