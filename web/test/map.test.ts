import assert from 'node:assert/strict'
import { test } from 'node:test'
import { layOut, pointAt } from '../src/map/layout.ts'
import { Viewport } from '../src/map/viewport.ts'

function viewport(): Viewport {
  return Object.assign(new Viewport(), { width: 800, height: 600 })
}

const none = new Set<string>()
const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`)

test('a place of the canvas is a place of the map, and back', () => {
  const view = viewport()
  view.zoomAt({ x: 100, y: 500 }, 3)
  view.panBy(17, -4)
  const there = view.toMap({ x: 123, y: 45 })
  near(view.toScreen(there).x, 123)
  near(view.toScreen(there).y, 45)
})

test('what is under the pointer stays there while zooming', () => {
  const view = viewport()
  const before = view.toMap({ x: 200, y: 150 })
  view.zoomAt({ x: 200, y: 150 }, 4)
  near(view.toMap({ x: 200, y: 150 }).x, before.x)
  near(view.toMap({ x: 200, y: 150 }).y, before.y)
})

test('zoom ends at the whole map', () => {
  const view = viewport()
  view.zoomBy(0.01)
  assert.equal(view.zoom, 1)
})

test('images do not touch; the others and texts are dots', () => {
  const points = [
    { id: 'a', x: 0.5, y: 0.5, modality: 'image' },
    { id: 'b', x: 0.501, y: 0.5, modality: 'image' },
    { id: 'c', x: 0.9, y: 0.9, modality: 'text' },
    { id: 'd', x: 0.1, y: 0.1, modality: 'image' },
  ] as const
  const view = viewport()
  const shown = (placed: ReturnType<typeof layOut>) =>
    placed.filter((one) => one.asImage).map((one) => one.point.id)
  assert.deepEqual(shown(layOut(points, view, 70, none)), ['a', 'd'])
  assert.deepEqual(shown(layOut(points, view, 70, new Set(['b']))), ['b', 'd'])
  view.zoomBy(64)
  const close = layOut(points, view, 70, none)
  assert.deepEqual(close.map((one) => one.point.id), ['a', 'b'])
})

test('an image covers a dot; a dot must be near', () => {
  const dot = { point: { id: 'dot', x: 0, y: 0, modality: 'text' }, at: { x: 20, y: 0 }, asImage: false } as const
  const image = { point: { id: 'image', x: 0, y: 0, modality: 'image' }, at: { x: 0, y: 0 }, asImage: true } as const
  assert.equal(pointAt([image, dot], { x: 20, y: 0 }, 60, 14)?.id, 'image')
  assert.equal(pointAt([dot], { x: 25, y: 0 }, 60, 14)?.id, 'dot')
  assert.equal(pointAt([dot], { x: 50, y: 0 }, 60, 14), null)
})

test('however it is moved, the nearest point stays in sight', () => {
  const viewport = new Viewport()
  Object.assign(viewport, { width: 800, height: 600 })
  const points = [{ x: 0.9, y: 0.9 }, { x: 0.2, y: 0.5 }]
  for (let i = 0; i < 12; i += 1) viewport.zoomAt({ x: 400, y: 300 }, 1.26)
  assert.ok(!points.some((point) => viewport.sees(viewport.toScreen(point))))
  viewport.keepInSight(points)
  assert.ok(viewport.sees(viewport.toScreen(points[1]!)))
  const middle = { ...viewport.middle }
  viewport.keepInSight(points)
  assert.deepEqual(viewport.middle, middle)
})
