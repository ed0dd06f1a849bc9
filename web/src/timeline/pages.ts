/** The items of a timeline, loaded month by month as they come into view. */

import type { Item } from '../api.ts'
import type { Section } from './layout.ts'

export interface Page {
  items: Item[]
  cursor: string | null
}

/** Load the first items of a month, or those after a cursor. */
export type LoadPage = (month: string | null, cursor: string | null) => Promise<Page>

interface Progress {
  loaded: number
  cursor: string | null
  running: Promise<void> | null
}

export class Pages {
  /** Items by their position; those that are not loaded yet are holes. */
  readonly items: (Item | undefined)[]

  readonly #progress = new Map<number, Progress>()
  #wanted: [number, number] = [0, 0]

  constructor(
    readonly sections: readonly Section[],
    readonly load: LoadPage,
    readonly onload: () => void,
    readonly onfail: (error: unknown) => void,
    /** What is known of these items already; it is loaded anew. */
    known: readonly (Item | undefined)[] = [],
  ) {
    const last = sections.at(-1)
    this.items = known.slice()
    this.items.length = last ? last.first + last.count : 0
  }

  /** Load what is seen; what was wanted before and is not loaded yet is given up. */
  want(from: number, to: number): void {
    this.#wanted = [from, to]
    for (const section of this.#touching(from, to)) {
      void this.#loadUntil(section, () => this.#wanted).catch(this.onfail)
    }
  }

  /** The items from one position to another, both included. */
  async between(from: number, to: number): Promise<Item[]> {
    for (const section of this.#touching(from, to)) await this.#loadUntil(section, () => [from, to])
    return this.items.slice(from, to + 1).filter((item) => item !== undefined)
  }

  #touching(from: number, to: number): Section[] {
    return this.sections.filter(({ first, count }) => first <= to && first + count > from)
  }

  async #loadUntil(section: Section, wanted: () => readonly [number, number]): Promise<void> {
    const progress = this.#progress.get(section.position) ?? { loaded: 0, cursor: null, running: null }
    this.#progress.set(section.position, progress)
    const isNeeded = () => {
      const [from, to] = wanted()
      const reached = section.first + progress.loaded
      return progress.loaded < section.count && from < section.first + section.count && reached <= to
    }
    while (isNeeded()) {
      progress.running ??= this.#loadPage(section, progress).finally(() => (progress.running = null))
      await progress.running
    }
  }

  async #loadPage(section: Section, progress: Progress): Promise<void> {
    const { items, cursor } = await this.load(section.month, progress.cursor)
    const fitting = items.slice(0, section.count - progress.loaded)
    fitting.forEach((item, i) => (this.items[section.first + progress.loaded + i] = item))
    // A page that ends early means that items were removed meanwhile: their squares stay empty.
    progress.loaded = cursor === null || !items.length ? section.count : progress.loaded + fitting.length
    progress.cursor = cursor
    this.onload()
  }
}

/** What is known of items when others have come or gone: aligned at the end of each month, as new ones come first. */
export function carry(
  items: readonly (Item | undefined)[],
  from: readonly Section[],
  to: readonly Section[],
): (Item | undefined)[] {
  const ends = new Map(from.map((section) => [section.month, section]))
  const carried: (Item | undefined)[] = []
  for (const { month, first, count } of to) {
    const before = ends.get(month)
    const shared = Math.min(count, before?.count ?? 0)
    for (let i = 1; i <= shared; i++) {
      const item = items[before!.first + before!.count - i]
      if (item) carried[first + count - i] = item
    }
  }
  return carried
}
