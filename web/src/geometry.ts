/** Plane geometry for frames and lassos. */

import type { Box } from './state.ts'

export interface Place {
  x: number
  y: number
}

/** The box between two corners, in whole pixels inside an image; at least one pixel. */
export function boxBetween(a: Place, b: Place, width: number, height: number): Box {
  const left = clamp(Math.floor(Math.min(a.x, b.x)), 0, width - 1)
  const top = clamp(Math.floor(Math.min(a.y, b.y)), 0, height - 1)
  const right = clamp(Math.ceil(Math.max(a.x, b.x)), left + 1, width)
  const bottom = clamp(Math.ceil(Math.max(a.y, b.y)), top + 1, height)
  return [left, top, right - left, bottom - top]
}

/** A box moved, kept inside the image. */
export function moveBox([x, y, w, h]: Box, dx: number, dy: number, width: number, height: number): Box {
  return [clamp(x + dx, 0, width - w), clamp(y + dy, 0, height - h), w, h]
}

/** A box whose lower right corner moved, kept inside the image. */
export function growBox([x, y, w, h]: Box, dx: number, dy: number, width: number, height: number): Box {
  return [x, y, clamp(w + dx, 1, width - x), clamp(h + dy, 1, height - y)]
}

/** Whether a point lies inside a polygon: a ray to the right crosses its sides an odd number of times. */
export function isInside({ x, y }: Place, polygon: readonly Place[]): boolean {
  let inside = false
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length]!
    if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) inside = !inside
  })
  return inside
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
