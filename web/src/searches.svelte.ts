/** Recent and saved searches of a collection; they stay on this device. */

import { allTerms, fromSearch, isShareable, toSearch, type State } from './state.ts'

export interface Search {
  /** The address that holds the query. */
  address: string
  name: string
}

const MOST_RECENT = 6
const MOST_SAVED = 50
const KEY = 'visavis.searches.'

/** A query in words: `a dog + image − snow`. */
export function nameOf(state: State, image: string): string {
  return allTerms(state)
    .map(({ weight, subject }, i) => {
      const sign = weight < 0 ? '− ' : i ? '+ ' : ''
      return sign + (subject.kind === 'text' ? subject.text : image)
    })
    .join(' ')
}

/** The latest first, each once. */
export function withLatest(searches: readonly Search[], latest: Search, most: number): Search[] {
  return [latest, ...searches.filter(({ address }) => address !== latest.address)].slice(0, most)
}

class Searches {
  recent = $state.raw<Search[]>([])
  saved = $state.raw<Search[]>([])
  #key = ''

  /** Read what is kept for a collection. */
  open(collection: string): void {
    if (this.#key === KEY + collection) return
    this.#key = KEY + collection
    const { recent = [], saved = [] } = read(this.#key)
    Object.assign(this, { recent, saved })
  }

  note(state: State, image: string): void {
    if (this.#key && isShareable(state)) this.#keep({ recent: withLatest(this.recent, searchOf(state, image), MOST_RECENT) })
  }

  isSaved(state: State): boolean {
    const { address } = searchOf(state, '')
    return this.saved.some((search) => search.address === address)
  }

  save(state: State, image: string): void {
    const search = searchOf(state, image)
    if (this.isSaved(state)) this.forget(search)
    else this.#keep({ saved: withLatest(this.saved, search, MOST_SAVED) })
  }

  forget({ address }: Search): void {
    this.#keep({ saved: this.saved.filter((search) => search.address !== address) })
  }

  forgetRecent(): void {
    this.#keep({ recent: [] })
  }

  #keep(changed: { recent?: Search[]; saved?: Search[] }): void {
    Object.assign(this, changed)
    try {
      localStorage.setItem(this.#key, JSON.stringify({ recent: this.recent, saved: this.saved }))
    } catch {
      // A full or forbidden storage: they last until the page is left.
    }
  }
}

function searchOf(state: State, image: string): Search {
  const query = { ...state, open: null }
  return { address: toSearch(query), name: nameOf(state, image) }
}

/** What is no search is left out. */
function read(key: string): { recent?: Search[]; saved?: Search[] } {
  const isSearch = (one: unknown): one is Search => {
    const { address, name } = (one ?? {}) as Partial<Search>
    return typeof address === 'string' && typeof name === 'string' && allTerms(fromSearch(address)).length > 0
  }
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, unknown>
    const list = (name: string) => (Array.isArray(kept[name]) ? kept[name].filter(isSearch) : [])
    return { recent: list('recent'), saved: list('saved') }
  } catch {
    return {}
  }
}

export const searches = new Searches()
