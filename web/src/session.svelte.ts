/** The one search of this page: what is asked, what came back, and the address that says so. */

import {
  forgetKey,
  getCollection,
  getFields,
  getItem,
  hasKey,
  search,
  setKey,
  type CollectionInfo,
  type Field,
  type Hit,
  type Item,
} from './api.ts'
import { problemOf, type Problem } from './problems.ts'
import {
  allTerms,
  emptyState,
  fromSearch,
  splitWords,
  toSearch,
  type State,
  type Term,
  type View,
} from './state.ts'

export type Status = 'idle' | 'loading' | 'done'

const PAGE = 24
const WATCH_INDEXING_MS = 2000

class Session {
  state = $state<State>(fromSearch(location.search))
  hits = $state.raw<Hit[]>([])
  cursor = $state<string | null>(null)
  took = $state(0)
  status = $state<Status>('idle')
  loadingMore = $state(false)
  problem = $state.raw<Problem | null>(null)
  collection = $state.raw<CollectionInfo | null>(null)
  fields = $state.raw<Field[]>([])
  /** The items the dialog steps through, and which one it shows. */
  shown = $state.raw<{ items: Item[]; index: number } | null>(null)
  keyRefused = $state(false)

  readonly asks = $derived(allTerms(this.state).length > 0)

  #running: AbortController | null = null
  #retry: ReturnType<typeof setTimeout> | undefined
  #watch: ReturnType<typeof setTimeout> | undefined
  #delay: ReturnType<typeof setTimeout> | undefined
  /** States of this tab with the person's own images, which an address cannot hold. */
  readonly #visited = new Map<string, State>()

  async start(): Promise<void> {
    addEventListener('popstate', (event) => this.#return(event.state as unknown))
    addEventListener('online', () => this.problem?.kind === 'offline' && this.again())
    document.addEventListener('visibilitychange', () => document.hidden || void this.#learn())
    await Promise.all([this.#learn(), this.run(), this.#reopen()])
  }

  /** Take the typed words apart and search. */
  submit(): void {
    const { words, terms } = splitWords(this.state.words)
    this.state.words = words
    this.state.terms.push(...terms)
    this.#changed()
  }

  /** Turn the words in the field into a term, so that others can be typed. */
  keepWords(sign: 1 | -1): void {
    const kept = allTerms({ ...emptyState(), ...splitWords(this.state.words) })
    this.state.words = ''
    this.add(...kept.map((term) => ({ ...term, weight: sign * term.weight })))
  }

  add(...terms: Term[]): void {
    this.state.terms.push(...terms)
    this.#changed()
  }

  /** Ask for one thing only. */
  replace(words: string, ...terms: Term[]): void {
    Object.assign(this.state, { words, terms, balance: 0.5, open: null })
    this.shown = null
    if (this.state.view === 'map') this.state.view = 'images'
    this.#changed()
  }

  change(index: number, change: Partial<Term>): void {
    this.state.terms[index] = { ...this.state.terms[index]!, ...change }
    this.#changed()
  }

  remove(index: number): void {
    this.state.terms.splice(index, 1)
    this.#changed()
  }

  clear(): void {
    this.state = { ...emptyState(), view: this.state.view, where: this.state.where }
    this.#changed()
  }

  show(view: View): void {
    if (this.state.view === view) return
    this.state.view = view
    this.hits = []
    this.#changed()
  }

  filter(where: string[]): void {
    this.state.where = where
    this.#changed()
  }

  useParts(parts: boolean): void {
    this.state.parts = parts
    this.#changed()
  }

  /** Follow a slider: search when it rests. */
  balance(balance: number): void {
    this.state.balance = balance
    clearTimeout(this.#delay)
    this.#delay = setTimeout(() => {
      this.#write('replace')
      void this.run()
    }, 120)
  }

  /** Open the dialog on one of several items. */
  open(items: Item[], index: number): void {
    const steps = this.shown !== null
    this.shown = { items, index }
    this.state.open = items[index]!.id
    this.#write(steps ? 'replace' : 'push')
  }

  close(): void {
    this.shown = null
    this.state.open = null
    this.#write('replace')
  }

  again(): void {
    this.problem = null
    if (!this.collection) void this.#learn()
    void this.run()
  }

  async useKey(key: string): Promise<void> {
    setKey(key)
    this.problem = null
    this.keyRefused = false
    await Promise.all([this.#learn(), this.run(), this.#reopen()])
  }

  async run(): Promise<void> {
    this.#running?.abort()
    clearTimeout(this.#retry)
    if (!this.asks) {
      Object.assign(this, { hits: [], cursor: null, status: 'idle' })
      if (this.problem?.kind !== 'key' && this.collection) this.problem = null
      return
    }
    const running = new AbortController()
    this.#running = running
    this.status = 'loading'
    try {
      const answer = await search(this.state, PAGE, null, running.signal)
      this.hits = answer.hits
      this.cursor = answer.cursor
      this.took = answer.took_ms
      this.problem = null
    } catch (error) {
      if (running.signal.aborted) return
      this.hits = []
      this.cursor = null
      this.#fail(error)
    }
    this.status = 'done'
  }

  async more(): Promise<void> {
    if (!this.cursor || this.loadingMore || this.status !== 'done') return
    const running = this.#running!
    this.loadingMore = true
    try {
      const answer = await search(this.state, PAGE, this.cursor, running.signal)
      if (running.signal.aborted) return
      // Where items were added meanwhile, the next page repeats some of the last.
      const known = new Set(this.hits.map((hit) => hit.id))
      this.hits = [...this.hits, ...answer.hits.filter((hit) => !known.has(hit.id))]
      this.cursor = answer.cursor
    } catch (error) {
      // What is there stays, and so does the button that asks for more.
      if (!running.signal.aborted && problemOf(error).kind === 'key') this.#fail(error)
    } finally {
      this.loadingMore = false
    }
  }

  #changed(): void {
    this.#write('push')
    void this.run()
  }

  #write(how: 'push' | 'replace'): void {
    const entry = how === 'push' ? `${performance.timeOrigin}+${this.#visited.size}` : history.state
    const id = String(entry ?? 'first')
    this.#visited.set(id, $state.snapshot(this.state) as State)
    history[`${how}State`](id, '', toSearch(this.state) || location.pathname)
  }

  #return(id: unknown): void {
    const before = queryOf(this.state)
    this.state = structuredClone(this.#visited.get(String(id))) ?? fromSearch(location.search)
    this.shown = null
    if (queryOf(this.state) !== before) void this.run()
    void this.#reopen()
  }

  /** Show the item that the address names. */
  async #reopen(): Promise<void> {
    const id = this.state.open
    if (!id) return
    const index = this.hits.findIndex((hit) => hit.id === id)
    try {
      this.shown = index < 0 ? { items: [await getItem(id)], index: 0 } : { items: this.hits, index }
    } catch {
      this.state.open = null
    }
  }

  /** Learn what the collection is, and follow its indexing. */
  async #learn(): Promise<void> {
    clearTimeout(this.#watch)
    try {
      this.collection = await getCollection()
      if (this.problem?.kind === 'offline' && !this.asks) this.problem = null
    } catch (error) {
      if (!this.asks) this.#fail(error)
      return
    }
    const { indexing } = this.collection
    if (indexing) this.#watch = setTimeout(() => void this.#learn(), WATCH_INDEXING_MS)
    if (!indexing || !this.fields.length) this.fields = await getFields().catch(() => [])
  }

  #fail(error: unknown): void {
    this.problem = problemOf(error)
    if (this.problem.kind === 'key') {
      this.keyRefused = hasKey()
      forgetKey()
    }
    if (this.problem.kind === 'busy') {
      this.#retry = setTimeout(() => this.again(), 1000 * this.problem.seconds)
    }
  }
}

/** What decides the results. */
function queryOf(state: State): string {
  return JSON.stringify({ ...state, open: null })
}

export const session = new Session()
