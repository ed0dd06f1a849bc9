/** Where each item of a timeline lies: squares in rows, months under headings. Only counts are needed, no items. */

import { clamp } from '../geometry.ts'

/** A month, or several of them. */
export interface Month {
  /** The newest month in it, such as `2024-05`; null for items without a date. */
  month: string | null
  /** `2024-05`, `2024` or `2009–2024`. */
  name: string | null
  count: number
}

export interface Section extends Month {
  /** Position of the section, and of its first item among all. */
  position: number
  first: number
  /** In CSS pixels from the top of the timeline, the heading included. */
  top: number
  height: number
}

export interface Tile {
  /** Position among all items. */
  index: number
  /** In CSS pixels from the upper left corner of its section. */
  x: number
  y: number
}

export interface Shown {
  section: Section
  tiles: Tile[]
}

export const HEADING = 52
export const GAP = 4
const UNDER_SECTION = 12
const LARGEST_SIDE = 172
const FEWEST_COLUMNS = 3

export class Layout {
  readonly columns: number
  /** Side of a square and distance between squares, in CSS pixels. */
  readonly side: number
  readonly step: number
  readonly sections: readonly Section[]
  readonly count: number
  readonly height: number

  constructor(months: readonly Month[], width: number) {
    this.columns = Math.max(FEWEST_COLUMNS, Math.ceil((width + GAP) / (LARGEST_SIDE + GAP)))
    this.step = (width + GAP) / this.columns
    this.side = this.step - GAP
    let [first, top] = [0, 0]
    this.sections = months.map((month, position) => {
      const { count } = month
      const height = HEADING + Math.ceil(count / this.columns) * this.step + UNDER_SECTION
      const section = { ...month, position, first, top, height }
      first += count
      top += height
      return section
    })
    this.count = first
    this.height = top
  }

  /** The section at a distance from the top. */
  sectionAt(y: number): Section | undefined {
    return this.#last((section) => section.top <= y)
  }

  /** Where what another layout has at a height lies now: from the end of its month, as new items come first. */
  sameAs(y: number, other: Layout): number {
    const before = other.sectionAt(y)
    const now = this.sections.find(({ month }) => month === before?.month)
    if (!before || !now || other.step !== this.step) return y
    return Math.max(now.top, now.top + now.height - (before.top + before.height - y))
  }

  /** The section of an item. */
  sectionOf(index: number): Section | undefined {
    return this.#last((section) => section.first <= index)
  }

  /** The upper edge of an item, from the top of the timeline. */
  topOf(index: number): number {
    const section = this.sectionOf(index)
    return section ? section.top + this.#row(section, index) : 0
  }

  /** The item beside, above or below another; the nearest one in the same direction, or itself. */
  neighbour(index: number, columns: number, rows: number): number {
    const section = this.sectionOf(index)
    if (!section) return index
    if (rows === 0) return clamp(index + columns, 0, this.count - 1)
    const column = (index - section.first) % this.columns
    const end = section.first + section.count
    const target = index + rows * this.columns
    if (target >= section.first && target < end) return target
    const isLastRow = Math.floor((index - section.first) / this.columns) === Math.floor((section.count - 1) / this.columns)
    if (rows > 0 && !isLastRow) return end - 1
    const other = this.sections[section.position + Math.sign(rows)]
    if (!other) return index
    const lastRow = Math.floor((other.count - 1) / this.columns) * this.columns
    return other.first + Math.min(other.count - 1, (rows > 0 ? 0 : lastRow) + column)
  }

  /** The sections between two heights, each with the tiles that lie there. */
  between(from: number, to: number): Shown[] {
    const shown: Shown[] = []
    let section = this.sectionAt(Math.max(0, from))
    while (section && section.top < to) {
      shown.push({ section, tiles: this.#tiles(section, from, to) })
      section = this.sections[section.position + 1]
    }
    return shown
  }

  #tiles(section: Section, from: number, to: number): Tile[] {
    const rowAt = (y: number) => Math.floor((y - section.top - HEADING) / this.step)
    const start = clamp(rowAt(from), 0, Infinity) * this.columns
    const end = clamp((rowAt(to) + 1) * this.columns, start, Math.max(start, section.count))
    return Array.from({ length: end - start }, (_, i) => ({
      index: section.first + start + i,
      x: ((start + i) % this.columns) * this.step,
      y: this.#row(section, section.first + start + i),
    }))
  }

  #row(section: Section, index: number): number {
    return HEADING + Math.floor((index - section.first) / this.columns) * this.step
  }

  /** The last section that meets a condition which all before it meet. */
  #last(meets: (section: Section) => boolean): Section | undefined {
    let [low, high] = [0, this.sections.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (meets(this.sections[middle]!)) low = middle + 1
      else high = middle
    }
    return this.sections[Math.max(0, low - 1)]
  }
}
