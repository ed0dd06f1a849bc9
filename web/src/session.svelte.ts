/** State of the page: the query, its results, and the address that holds the query. */

import {
  ApiError,
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
  type Modality,
  type SearchResponse,
} from './api.ts'
import { Answers } from './answers.ts'
import { inOrder, ownFirst, takenAt } from './order.ts'
import { preferences } from './preferences.svelte.ts'
import { problemOf, type Problem } from './problems.ts'
import { FADED, splitAtCut } from './relevance.ts'
import {
  allTerms,
  chipsOf,
  emptyState,
  fromSearch,
  isByDate,
  splitText,
  textTerm,
  toSearch,
  type Order,
  type State,
  type Term,
  type View,
} from './state.ts'
import { isHere, removeOthers } from './uploads.ts'

export type Status = 'idle' | 'loading' | 'done'

const PAGE = 24
/** Hits of a page in the order of dates, where a relevance tells the likely ones: all of these, if possible. */
const PAGE_BY_DATE = 200
/** How long typing rests before it is searched. */
const REST_MS = 250
const WATCH_INDEXING_MS = 2000

class Session {
  state = $state<State>(fromSearch(location.search))
  /** The text in the field; it becomes `state.text` when typing rests, or at the next action. */
  draft = $state('')
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
  problem = $state.raw<Problem | null>(null)
  collection = $state.raw<CollectionInfo | null>(null)
  fields = $state.raw<Record<Modality, Field[]>>({ image: [], text: [] })
  /** The items the dialog steps through, and which one it shows. */
  shown = $state.raw<{ items: Item[]; index: number } | null>(null)
  keyRefused = $state(false)
  /** Whether an item of the query was left out, because it is no longer in the collection. */
  lacksItem = $state(false)
  /** Whether a person's own image was left out, because this tab no longer has it. */
  lacksUpload = $state(false)

  readonly #split = $derived(splitAtCut(this.hits, this.cut))
  readonly likely = $derived(this.#split.likely)
  readonly unlikely = $derived(this.showsUnlikely ? this.#split.unlikely : this.#split.unlikely.slice(0, FADED))
  /** Whether unlikely hits are held back until someone asks for more. */
  readonly holdsBack = $derived(
    !this.showsUnlikely && this.#split.unlikely.length > 0 && (this.cursor !== null || this.#split.unlikely.length > FADED),
  )
  /** Whether images can be ordered by their date: some of those found have one. */
  readonly hasDates = $derived(this.state.sort !== '' || this.hits.some((hit) => takenAt(hit) !== null))
  readonly hasQuery = $derived(allTerms(this.state).length > 0)

  #running: AbortController | null = null
  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #pollTimer: ReturnType<typeof setTimeout> | undefined
  #sliderTimer: ReturnType<typeof setTimeout> | undefined
  #draftTimer: ReturnType<typeof setTimeout> | undefined
  /** Whether the latest entry of the history is a search made while typing. */
  #typing = false
  /** Whether the present entry of the history is that of the dialog, and the one before has none. */
  #opened = false
  /** The query that `hits` and `cursor` belong to. */
  #asked: State | null = null
  readonly #answers = new Answers()

  async start(): Promise<void> {
    void removeOthers().catch(() => undefined)
    this.state = await this.#stateOf(history.state)
    this.draft = this.state.text
    addEventListener('popstate', (event) => void this.#restore(event.state as unknown))
    addEventListener('online', () => this.#online())
    document.addEventListener('visibilitychange', () => document.hidden || void this.#loadCollection())
    await Promise.all([this.#loadCollection(), this.run(), this.#openFromAddress()])
  }

  /** Search while typing: when the field rests, and as one entry of the history. */
  type(draft: string): void {
    this.draft = draft
    clearTimeout(this.#draftTimer)
    this.#draftTimer = setTimeout(() => {
      if (this.draft.trim() === this.state.text) return
      this.#changed(this.#typing ? 'replace' : 'push')
      this.#typing = true
    }, REST_MS)
  }

  /** Split the typed text into terms and search. */
  submit(): void {
    const { text, terms } = chipsOf(this.draft)
    this.draft = text
    this.state.terms.push(...terms)
    this.#changed(this.#typing ? 'replace' : 'push')
  }

  /** Turn the text in the field into terms, so that another can be typed. */
  addText(sign: 1 | -1): void {
    const terms = splitText(this.draft)
    this.draft = ''
    this.add(...terms.map((term) => ({ ...term, weight: sign * term.weight })))
  }

  add(...terms: Term[]): void {
    this.shown = null
    this.state.open = null
    this.state.terms.push(...terms)
    this.#changed()
  }

  /** Start a new search; a caption that the field would split at `+` or `-` becomes a chip. */
  replace(text: string, ...terms: Term[]): void {
    const isPlain = chipsOf(text).text === text
    this.draft = isPlain ? text : ''
    if (!isPlain) terms.unshift(textTerm(text))
    Object.assign(this.state, { terms, balance: 0.5, open: null })
    this.shown = null
    if (this.state.view === 'map') this.state.view = 'images'
    this.#changed()
  }

  /** Go to a search that was kept by its address. */
  visit(address: string): void {
    this.state = fromSearch(address)
    this.draft = this.state.text
    this.shown = null
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
    this.draft = ''
    this.state = { ...emptyState(), view: this.state.view, where: this.state.where, sort: this.state.sort }
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

  sort(sort: Order): void {
    this.state.sort = sort
    this.#changed()
  }

  searchRegions(regions: boolean): void {
    this.state.regions = regions
    this.#changed()
  }

  /** Set the balance; search when the slider rests. */
  balance(balance: number): void {
    this.state.balance = balance
    clearTimeout(this.#sliderTimer)
    this.#sliderTimer = setTimeout(() => {
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
    this.#opened ||= !steps
  }

  /** Close the dialog, and go back over its entry of the history. */
  close(): void {
    if (!this.shown) return
    this.shown = null
    this.state.open = null
    if (this.#opened) history.back()
    else this.#write('replace')
    this.#opened = false
  }

  #online(): void {
    if (this.problem?.kind === 'offline') this.retry()
    else if (this.moreProblem) void this.more()
  }

  retry(): void {
    this.problem = null
    if (!this.collection) void this.#loadCollection()
    void this.run()
  }

  /** Show what changed in the collection. */
  refresh(): void {
    this.#answers.clear()
    void this.#loadCollection()
    void this.run()
  }

  async useKey(key: string): Promise<void> {
    setKey(key)
    this.problem = null
    this.keyRefused = false
    await Promise.all([this.#loadCollection(), this.run(), this.#openFromAddress()])
  }

  async run(): Promise<void> {
    this.#running?.abort()
    clearTimeout(this.#retryTimer)
    if (!this.hasQuery) {
      Object.assign(this, { hits: [], unknownWords: [], cursor: null, status: 'idle' })
      if (this.problem?.kind !== 'key' && this.collection) this.problem = null
      return
    }
    const running = new AbortController()
    this.#running = running
    const asked = $state.snapshot(this.state) as State
    const known = this.#answers.get(queryOf(asked))
    if (known) return this.#show(asked, known)
    this.status = 'loading'
    try {
      const answer = await search(asked, pageOf(asked), null, running.signal)
      this.#answers.put(queryOf(asked), answer)
      this.#show(asked, answer)
    } catch (error) {
      if (running.signal.aborted) return
      if (this.#leaveOutRemoved(error)) return this.run()
      Object.assign(this, { hits: [], unknownWords: [], cursor: null, status: 'done' })
      this.#fail(error)
    }
  }

  /** Go on without an item that is no longer in the collection. */
  #leaveOutRemoved(error: unknown): boolean {
    if (!(error instanceof ApiError) || error.status !== 404) return false
    const left = this.state.terms.filter(
      ({ subject }) => subject.kind !== 'item' || error.problem.values?.['id'] !== subject.id,
    )
    if (left.length === this.state.terms.length) return false
    this.state.terms = left
    this.lacksItem = true
    this.#write('replace')
    return true
  }

  #show(asked: State, answer: SearchResponse): void {
    const { cursor, took_ms: took, unknown_words: unknownWords, relevance_cut: cut } = answer
    const hits = inOwnOrder(asked, answer.hits)
    this.#asked = asked
    this.showsUnlikely = false
    this.moreProblem = null
    Object.assign(this, { hits, cursor, took, unknownWords, cut, problem: null, status: 'done' })
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
      if (running.signal.aborted) return
      this.moreProblem = problemOf(error)
      if (this.moreProblem.kind === 'key') this.#fail(error)
    } finally {
      this.loadingMore = false
    }
  }

  /** Take over what is typed and search. */
  #changed(how: 'push' | 'replace' = this.#opened ? 'replace' : 'push'): void {
    clearTimeout(this.#draftTimer)
    this.#opened = false
    this.#typing = false
    this.lacksItem = this.lacksUpload = false
    this.state.text = this.draft.trim()
    if (this.state.view === 'duplicates' && this.hasQuery) this.state.view = 'images'
    this.#write(how)
    void this.run()
  }

  #write(how: 'push' | 'replace'): void {
    history[`${how}State`]($state.snapshot(this.state), '', toSearch(this.state) || location.pathname)
  }

  /** The state of an entry of the history, else of the address, which cannot hold a person's own images. */
  async #stateOf(entry: unknown): Promise<State> {
    const state = isState(entry) ? { ...emptyState(), ...entry } : fromSearch(location.search)
    const found = await Promise.all(
      state.terms.map(({ subject }) => subject.kind !== 'upload' || isHere(subject.upload.key)),
    )
    this.lacksUpload = found.includes(false)
    return { ...state, terms: state.terms.filter((_, i) => found[i]) }
  }

  async #restore(entry: unknown): Promise<void> {
    const before = queryOf(this.state)
    this.state = await this.#stateOf(entry)
    clearTimeout(this.#draftTimer)
    this.#opened = false
    this.#typing = false
    this.draft = this.state.text
    this.shown = null
    if (queryOf(this.state) !== before) void this.run()
    void this.#openFromAddress()
  }

  /** Open the item named in the address. */
  async #openFromAddress(): Promise<void> {
    const id = this.state.open
    if (!id) return
    const index = this.hits.findIndex((hit) => hit.id === id)
    try {
      this.shown = index < 0 ? { items: [await getItem(id)], index: 0 } : { items: this.hits, index }
    } catch {
      this.state.open = null
    }
  }

  /** Load the facts of the collection; poll while it is being indexed. */
  async #loadCollection(): Promise<void> {
    clearTimeout(this.#pollTimer)
    try {
      const before = this.collection?.generation
      this.collection = await getCollection()
      if (this.collection.generation !== before) this.#answers.clear()
      if (this.problem?.kind === 'offline' && !this.hasQuery) this.problem = null
    } catch (error) {
      if (!this.hasQuery) this.#fail(error)
      return
    }
    const { indexing } = this.collection
    if (indexing) this.#pollTimer = setTimeout(() => void this.#loadCollection(), WATCH_INDEXING_MS)
    if (!indexing || !this.fields.image.length) await this.#loadFields()
  }

  async #loadFields(): Promise<void> {
    const [image, text] = await Promise.all([getFields('image'), getFields('text')].map((fields) => fields.catch(() => [])))
    this.fields = { image: image!, text: text! }
  }

  #fail(error: unknown): void {
    this.problem = problemOf(error)
    if (this.problem.kind === 'key') {
      this.keyRefused = hasKey()
      forgetKey()
    }
    if (this.problem.kind === 'busy') {
      this.#retryTimer = setTimeout(() => this.retry(), 1000 * this.problem.seconds)
    }
  }
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

function isState(entry: unknown): entry is State {
  return typeof entry === 'object' && entry !== null && 'terms' in entry
}

/** The part of the state that decides the results. */
function queryOf(state: State): string {
  return JSON.stringify({ ...state, open: null })
}

export const session = new Session()
