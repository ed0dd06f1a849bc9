/** Which points of the map are drawn as pictures: one in each cell of a grid, the others are dots. */

import type { Point } from '../api.ts'
import type { Place } from '../geometry.ts'
import type { Viewport } from './viewport.ts'

export interface Placed {
  point: Point
  at: Place
  asPicture: boolean
}

/**
 * Place the points that can be seen. The grid lies on the map and is halved with each doubling of
 * the zoom, so that pictures stay as they are while the map moves.
 */
export function layOut(points: readonly Point[], viewport: Viewport, cell: number): Placed[] {
  const zoom = 2 ** Math.floor(Math.log2(viewport.zoom))
  const columns = Math.max(1, Math.floor(viewport.width / cell)) * zoom
  const rows = Math.max(1, Math.floor(viewport.height / cell)) * zoom
  const taken = new Set<number>()
  const placed: Placed[] = []
  for (const point of points) {
    const at = viewport.toScreen(point)
    const key = Math.floor(point.y * rows) * (columns + 1) + Math.floor(point.x * columns)
    const asPicture = point.modality === 'image' && !taken.has(key)
    if (asPicture) taken.add(key)
    if (viewport.sees(at)) placed.push({ point, at, asPicture })
  }
  return placed
}

/** The point under the pointer: pictures cover dots; else the nearest dot within reach. */
export function pointAt(placed: readonly Placed[], at: Place, side: number, reach: number): Point | null {
  const covers = (one: Placed) =>
    one.asPicture && Math.max(Math.abs(one.at.x - at.x), Math.abs(one.at.y - at.y)) <= side / 2
  const picture = placed.findLast(covers)
  if (picture) return picture.point
  const away = (one: Placed) => Math.hypot(one.at.x - at.x, one.at.y - at.y)
  const near = placed.filter((one) => away(one) <= reach).sort((a, b) => away(a) - away(b))
  return near[0]?.point ?? null
}
