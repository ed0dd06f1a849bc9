/** The hits of a query, page by page. */

import { search, type Hit, type SearchResponse } from './api.ts'
import { Answers } from './answers.ts'
import { inOrder, ownFirst, takenAt } from './order.ts'
import { preferences } from './preferences.svelte.ts'
import { problemOf, type Problem } from './problems.ts'
import { FADED, splitAtCut } from './relevance.ts'
import { allTerms, isByDate, type State } from './state.ts'

export type Status = 'idle' | 'loading' | 'done'

const PAGE = 24
/** Hits of a page in the order of dates, where a relevance tells the likely ones: all of these, if possible. */
const PAGE_BY_DATE = 200
const NOTHING = { hits: [], unknownWords: [], cursor: null }

export class Results {
  hits = $state.raw<Hit[]>([])
  cursor = $state<string | null>(null)
  took = $state(0)
  unknownWords = $state.raw<string[]>([])
  /** Hits of a lower relevance are unlikely; null without such a cut. */
  cut = $state<number | null>(null)
  /** Whether all unlikely hits are shown, and not only the first. */
  showsUnlikely = $state(false)
  status = $state<Status>('idle')
  loadingMore = $state(false)
  /** Why no more results came; those that are there stay. */
  moreProblem = $state.raw<Problem | null>(null)

  readonly #split = $derived(splitAtCut(this.hits, this.cut))
  readonly likely = $derived(this.#split.likely)
  readonly unlikely = $derived(this.showsUnlikely ? this.#split.unlikely : this.#split.unlikely.slice(0, FADED))
  /** Whether unlikely hits are held back until someone asks for more. */
  readonly holdsBack = $derived(
    !this.showsUnlikely && this.#split.unlikely.length > 0 && (this.cursor !== null || this.#split.unlikely.length > FADED),
  )
  /** Whether some of those found have a date. */
  readonly hasDates = $derived(this.hits.some((hit) => takenAt(hit) !== null))

  #running: AbortController | null = null
  /** The query that `hits` and `cursor` belong to. */
  #asked: State | null = null
  readonly #answers = new Answers()

  /** Search, unless the answer is known; nothing is shown and false returned if another search has begun meanwhile. */
  async search(asked: State): Promise<boolean> {
    const running = this.#begin()
    let answer = this.#answers.get(queryOf(asked))
    if (!answer) {
      this.status = 'loading'
      try {
        answer = await search(asked, pageOf(asked), null, running.signal)
      } catch (error) {
        if (running.signal.aborted) return false
        throw error
      }
      this.#answers.put(queryOf(asked), answer)
    }
    this.#show(asked, answer)
    return true
  }

  /** Give up a search that runs, and show nothing. */
  clear(status: Status): void {
    this.#begin()
    Object.assign(this, { ...NOTHING, status })
  }

  /** Forget the answers of a collection that has changed. */
  forget(): void {
    this.#answers.clear()
  }

  /** Show the hits that probably do not fit, too. */
  showUnlikely(): void {
    this.showsUnlikely = true
  }

  async more(): Promise<void> {
    if (!this.#asked || !this.cursor || this.holdsBack || this.loadingMore || this.status !== 'done') return
    const running = this.#running!
    this.loadingMore = true
    this.moreProblem = null
    try {
      const answer = await search(this.#asked, pageOf(this.#asked), this.cursor, running.signal)
      if (running.signal.aborted) return
      // If items were added meanwhile, the next page may repeat hits.
      const known = new Set(this.hits.map((hit) => hit.id))
      const hits = [...this.hits, ...answer.hits.filter((hit) => !known.has(hit.id))]
      this.hits = isByDate(this.#asked) ? inOrder(hits, this.#asked.sort) : inOwnOrder(this.#asked, hits)
      this.cursor = answer.cursor
    } catch (error) {
      if (!running.signal.aborted) this.moreProblem = problemOf(error)
    } finally {
      this.loadingMore = false
    }
  }

  #begin(): AbortController {
    this.#running?.abort()
    return (this.#running = new AbortController())
  }

  #show(asked: State, answer: SearchResponse): void {
    const { cursor, took_ms: took, unknown_words: unknownWords, relevance_cut: cut } = answer
    this.#asked = asked
    this.showsUnlikely = false
    this.moreProblem = null
    Object.assign(this, { hits: inOwnOrder(asked, answer.hits), cursor, took, unknownWords, cut, status: 'done' })
  }
}

/** The part of the state that decides the results. */
export function queryOf(state: State): string {
  return JSON.stringify({ ...state, open: null })
}

function pageOf(state: State): number {
  const terms = allTerms(state)
  const hasRelevance = terms.length === 1 && terms[0]!.subject.kind === 'text'
  return isByDate(state) && hasRelevance ? PAGE_BY_DATE : PAGE
}

/** Texts in the page's language come first. */
function inOwnOrder(asked: State, hits: Hit[]): Hit[] {
  return asked.view === 'texts' ? ownFirst(hits, preferences.lang) : hits
}
