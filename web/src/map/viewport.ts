/** Which part of the map the canvas shows. Map coordinates are in [0, 1]. */

import { clamp, type Place } from '../geometry.ts'

const MOST_ZOOM = 64
const MARGIN = 40

export class Viewport {
  zoom = 1
  width = 1
  height = 1
  /** The map's place in the middle of the canvas. */
  middle: Place = { x: 0.5, y: 0.5 }

  toScreen({ x, y }: Place): Place {
    return {
      x: (x - this.middle.x) * this.#across + this.width / 2,
      y: (y - this.middle.y) * this.#down + this.height / 2,
    }
  }

  toMap({ x, y }: Place): Place {
    return {
      x: (x - this.width / 2) / this.#across + this.middle.x,
      y: (y - this.height / 2) / this.#down + this.middle.y,
    }
  }

  /** Move by pixels. */
  panBy(dx: number, dy: number): void {
    this.middle = {
      x: clamp(this.middle.x - dx / this.#across, 0, 1),
      y: clamp(this.middle.y - dy / this.#down, 0, 1),
    }
  }

  /** Zoom by a factor; what is at a place of the canvas stays there. */
  zoomAt(place: Place, factor: number): void {
    const fixed = this.toMap(place)
    this.zoom = clamp(this.zoom * factor, 1, MOST_ZOOM)
    const now = this.toScreen(fixed)
    this.panBy(place.x - now.x, place.y - now.y)
  }

  /** Move, if none of these points is seen, until the nearest one is. */
  keepInSight(points: readonly Place[]): void {
    const seen = points.map((point) => this.toScreen(point))
    if (!seen.length || seen.some((at) => this.sees(at))) return
    const away = (at: Place) => Math.hypot(at.x - this.width / 2, at.y - this.height / 2)
    const nearest = seen.reduce((best, at) => (away(at) < away(best) ? at : best))
    const inside = (value: number, size: number) => clamp(value, Math.min(MARGIN, size / 2), Math.max(size - MARGIN, size / 2))
    this.panBy(inside(nearest.x, this.width) - nearest.x, inside(nearest.y, this.height) - nearest.y)
  }

  zoomBy(factor: number): void {
    this.zoomAt({ x: this.width / 2, y: this.height / 2 }, factor)
  }

  reset(): void {
    this.zoom = 1
    this.middle = { x: 0.5, y: 0.5 }
  }

  /** Whether a place of the canvas can be seen. */
  sees({ x, y }: Place): boolean {
    return x >= 0 && y >= 0 && x <= this.width && y <= this.height
  }

  get #across(): number {
    return Math.max(1, this.width - 2 * MARGIN) * this.zoom
  }

  get #down(): number {
    return Math.max(1, this.height - 2 * MARGIN) * this.zoom
  }
}
