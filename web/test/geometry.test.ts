import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boxBetween, growBox, isInside, moveBox } from '../src/geometry.ts'

test('a box lies between two corners, whichever comes first', () => {
  assert.deepEqual(boxBetween({ x: 10.2, y: 20 }, { x: 30, y: 50.5 }, 100, 100), [10, 20, 20, 31])
  assert.deepEqual(boxBetween({ x: 30, y: 50.5 }, { x: 10.2, y: 20 }, 100, 100), [10, 20, 20, 31])
})

test('a box stays in the image and has at least a pixel', () => {
  assert.deepEqual(boxBetween({ x: -9, y: -9 }, { x: 500, y: 500 }, 100, 80), [0, 0, 100, 80])
  assert.deepEqual(boxBetween({ x: 100, y: 80 }, { x: 100, y: 80 }, 100, 80), [99, 79, 1, 1])
  assert.deepEqual(moveBox([90, 70, 10, 10], 5, -75, 100, 80), [90, 0, 10, 10])
  assert.deepEqual(growBox([90, 70, 10, 10], 5, -75, 100, 80), [90, 70, 10, 1])
})

test('a lasso holds what it surrounds, also around a bay', () => {
  const bay = [[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]].map(([x, y]) => ({ x: x!, y: y! }))
  assert.ok(isInside({ x: 1, y: 5 }, bay))
  assert.ok(isInside({ x: 9, y: 5 }, bay))
  assert.ok(!isInside({ x: 5, y: 5 }, bay))
  assert.ok(!isInside({ x: 11, y: 1 }, bay))
  assert.ok(!isInside({ x: 1, y: 1 }, []))
})
