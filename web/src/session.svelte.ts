/** State of the page: the query, what is open, and the address that holds both. */

import { ApiError, forgetKey, getItem, hasKey, setKey, type Item } from './api.ts'
import { collection } from './collection.svelte.ts'
import { problemOf, type Problem } from './problems.ts'
import { queryOf, Results } from './results.svelte.ts'
import {
  allTerms,
  chipsOf,
  emptyState,
  fromSearch,
  splitText,
  textTerm,
  toSearch,
  type Order,
  type State,
  type Term,
  type View,
} from './state.ts'
import { isHere, removeOthers } from './uploads.ts'

/** How long typing rests before it is searched. */
const REST_MS = 250

class Session {
  state = $state<State>(fromSearch(location.search))
  /** The text in the field; it becomes `state.text` when typing rests, or at the next action. */
  draft = $state('')
  readonly results = new Results()
  problem = $state.raw<Problem | null>(null)
  /** The items the dialog steps through, and which one it shows. */
  shown = $state.raw<{ items: Item[]; index: number } | null>(null)
  keyRefused = $state(false)
  /** Whether an item of the query was left out, because it is no longer in the collection. */
  lacksItem = $state(false)
  /** Whether a person's own image was left out, because this tab no longer has it. */
  lacksUpload = $state(false)

  /** Whether images can be ordered by their date. */
  readonly hasDates = $derived(this.state.sort !== '' || this.results.hasDates)
  readonly hasQuery = $derived(allTerms(this.state).length > 0)

  #retryTimer: ReturnType<typeof setTimeout> | undefined
  #sliderTimer: ReturnType<typeof setTimeout> | undefined
  #draftTimer: ReturnType<typeof setTimeout> | undefined
  /** Whether the latest entry of the history is a search made while typing. */
  #typing = false
  /** Whether the present entry of the history is that of the dialog, and the one before has none. */
  #opened = false

  async start(): Promise<void> {
    void removeOthers().catch(() => undefined)
    this.state = await this.#stateOf(history.state)
    this.draft = this.state.text
    addEventListener('popstate', (event) => void this.#restore(event.state as unknown))
    addEventListener('online', () => this.#online())
    document.addEventListener('visibilitychange', () => document.hidden || void collection.load())
    collection.onchange = () => this.results.forget()
    collection.onload = (error) => this.#heardOfCollection(error)
    await this.#load()
    await collection.follow().catch(() => undefined)
  }

  async #load(): Promise<void> {
    await Promise.all([collection.load(), this.run(), this.#openFromAddress()])
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
    this.results.clear('idle')
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

  /**
   * Close the dialog, and go back over its entry of the history. Going back takes a moment; the dialog is
   * there until it is done, so that a person who then goes back once more leaves the results.
   */
  close(): void {
    if (!this.shown) return
    if (this.#opened) {
      this.#opened = false
      history.back()
      return
    }
    this.shown = null
    this.state.open = null
    this.#write('replace')
  }

  #online(): void {
    if (this.problem?.kind === 'offline') this.retry()
    else if (this.results.moreProblem) void this.more()
  }

  retry(): void {
    this.problem = null
    if (!collection.info) void collection.load()
    void this.run()
  }

  /** Show what changed in the collection. */
  refresh(): void {
    this.results.forget()
    void collection.load()
    void this.run()
  }

  async useKey(key: string): Promise<void> {
    setKey(key)
    this.problem = null
    this.keyRefused = false
    await this.#load()
  }

  async run(): Promise<void> {
    clearTimeout(this.#retryTimer)
    if (!this.hasQuery) {
      this.results.clear('idle')
      if (this.problem?.kind !== 'key' && collection.info) this.problem = null
      return
    }
    try {
      if (await this.results.search($state.snapshot(this.state) as State)) this.problem = null
    } catch (error) {
      if (this.#leaveOutRemoved(error)) return this.run()
      this.results.clear('done')
      this.#fail(error)
    }
  }

  async more(): Promise<void> {
    await this.results.more()
    if (this.results.moreProblem?.kind === 'key') this.#refuse()
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
    const index = this.results.hits.findIndex((hit) => hit.id === id)
    try {
      this.shown = index < 0 ? { items: [await getItem(id)], index: 0 } : { items: this.results.hits, index }
    } catch {
      this.state.open = null
    }
  }

  #heardOfCollection(error: unknown): void {
    if (this.hasQuery) return
    if (error) this.#fail(error)
    else if (this.problem?.kind === 'offline') this.problem = null
  }

  #fail(error: unknown): void {
    this.problem = problemOf(error)
    if (this.problem.kind === 'key') this.#refuse()
    if (this.problem.kind === 'busy') {
      this.#retryTimer = setTimeout(() => this.retry(), 1000 * this.problem.seconds)
    }
  }

  /** Ask for a key, or for another one. */
  #refuse(): void {
    this.problem = { kind: 'key' }
    this.keyRefused = hasKey()
    forgetKey()
  }
}

function isState(entry: unknown): entry is State {
  return typeof entry === 'object' && entry !== null && 'terms' in entry
}

export const session = new Session()
