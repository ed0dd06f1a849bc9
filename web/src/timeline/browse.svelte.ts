/** What the start page shows: the whole collection, or what meets the filters, by month. */

import { ApiError } from '../api.ts'
import { getPage, getTimeline } from '../library.ts'
import { problemOf, type Problem } from '../problems.ts'
import { Layout, type Month } from './layout.ts'
import { carry, Pages } from './pages.ts'

/** Answers of servers whose collection keeps no order. */
const UNAVAILABLE = [404, 409, 422, 501, 503]

class Browse {
  months = $state.raw<Month[] | null>(null)
  pages = $state.raw<Pages | null>(null)
  problem = $state.raw<Problem | null>(null)
  /** Grows whenever items have come. */
  version = $state(0)
  /** Whether someone scrolled: until then only what is seen is loaded. */
  moved = $state(false)
  /** Whether the collection's engine cannot list items in order. */
  unavailable = $state(false)
  #key = ''

  /** Show the items that meet conditions; what is known of the same generation is kept. */
  show(where: string[], generation: number): void {
    const key = JSON.stringify([where, generation])
    if (key === this.#key) return
    this.#key = key
    void this.#load([...where], key)
  }

  /** Ask again after a failure. */
  retry(where: string[], generation: number): void {
    this.problem = null
    this.#key = ''
    this.show(where, generation)
  }

  async #load(where: string[], key: string): Promise<void> {
    try {
      const { order, months } = await getTimeline(where)
      if (key !== this.#key) return
      const { sections } = new Layout(months, 1000)
      // What is shown stays until its place is taken.
      const known = this.pages ? carry(this.pages.items, this.pages.sections, sections) : []
      this.months = months
      this.pages = new Pages(
        sections,
        (month, cursor) => getPage(order, month, cursor, where),
        () => this.version++,
        (error) => (this.problem = problemOf(error)),
        known,
      )
      this.problem = null
    } catch (error) {
      if (key !== this.#key) return
      this.#key = ''
      if (error instanceof ApiError && !where.length && UNAVAILABLE.includes(error.status)) this.unavailable = true
      else this.problem = problemOf(error)
    }
  }
}

export const browse = new Browse()
