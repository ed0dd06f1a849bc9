/** First pages of recent searches, for a minute: what is typed again or gone back to is there at once. */

import type { SearchResponse } from './api.ts'

const MOST = 50
const LASTS_MS = 60_000

export class Answers {
  readonly #kept = new Map<string, { answer: SearchResponse; since: number }>()

  get(query: string, now = Date.now()): SearchResponse | undefined {
    const kept = this.#kept.get(query)
    return kept && now - kept.since < LASTS_MS ? kept.answer : undefined
  }

  put(query: string, answer: SearchResponse, now = Date.now()): void {
    this.#kept.delete(query)
    this.#kept.set(query, { answer, since: now })
    if (this.#kept.size > MOST) this.#kept.delete(this.#kept.keys().next().value!)
  }

  clear(): void {
    this.#kept.clear()
  }
}
