/** Which points of the map are drawn as images: those that have room, the others are dots. */

import type { Point } from '../api.ts'
import type { Place } from '../geometry.ts'
import type { Viewport } from './viewport.ts'

export interface Placed {
  point: Point
  at: Place
  asImage: boolean
}

/**
 * Place the points that can be seen; those of `first` are images before others. Room is measured
 * at the last power of two of the zoom, so that images stay as they are while the map moves.
 */
export function layOut(
  points: readonly Point[],
  viewport: Viewport,
  room: number,
  first: ReadonlySet<string>,
): Placed[] {
  const zoom = 2 ** Math.floor(Math.log2(viewport.zoom))
  const free = new Room((viewport.width * zoom) / room, (viewport.height * zoom) / room)
  const placed: Placed[] = []
  for (const point of points.toSorted((a, b) => Number(first.has(b.id)) - Number(first.has(a.id)))) {
    const asImage = point.modality === 'image' && free.take(point)
    const at = viewport.toScreen(point)
    if (viewport.sees(at)) placed.push({ point, at, asImage })
  }
  return placed
}

/** Where images lie already, in cells of an image's size: a new one can only touch its neighbours. */
class Room {
  readonly #taken = new Map<string, Place>()

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {}

  take(point: Place): boolean {
    const [x, y] = [point.x * this.columns, point.y * this.rows]
    const [column, row] = [Math.floor(x), Math.floor(y)]
    for (const dx of [-1, 0, 1]) {
      for (const dy of [-1, 0, 1]) {
        const other = this.#taken.get(`${column + dx},${row + dy}`)
        if (other && Math.abs(other.x - x) < 1 && Math.abs(other.y - y) < 1) return false
      }
    }
    this.#taken.set(`${column},${row}`, { x, y })
    return true
  }
}

/** The point under the pointer: images cover dots; else the nearest dot within reach. */
export function pointAt(placed: readonly Placed[], at: Place, side: number, reach: number): Point | null {
  const covers = (one: Placed) =>
    one.asImage && Math.max(Math.abs(one.at.x - at.x), Math.abs(one.at.y - at.y)) <= side / 2
  const image = placed.findLast(covers)
  if (image) return image.point
  const away = (one: Placed) => Math.hypot(one.at.x - at.x, one.at.y - at.y)
  const near = placed.filter((one) => away(one) <= reach).sort((a, b) => away(a) - away(b))
  return near[0]?.point ?? null
}
