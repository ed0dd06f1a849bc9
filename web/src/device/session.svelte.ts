/** What the page knows and asks: its worker does the work. */

import type { Photograph, Reply, Request, Status, Subject, Term, Timeline } from './messages.ts'

const PAGE = 24
const QUEUED_AT_ONCE = 50

class Session {
  status = $state<Status | null>(null)
  terms = $state.raw<Term[]>([])
  found = $state.raw<Photograph[]>([])
  newestFirst = $state(false)
  searching = $state(false)
  problem = $state('')
  persisted = $state<boolean | null>(null)
  private k = PAGE
  private worker: Worker | null = null
  private last = 0
  private readonly waiting = new Map<number, { resolve: (value: any) => void; reject: (error: Error) => void }>()

  /** What was found, in the order that was asked for. */
  get shown(): Photograph[] {
    return this.newestFirst ? this.found.toSorted((a, b) => b.date.localeCompare(a.date)) : this.found
  }

  get more(): boolean {
    return this.found.length === this.k
  }

  async start(): Promise<void> {
    try {
      await keepOffline()
      this.worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
      this.worker.onmessage = ({ data }: MessageEvent<Reply>) => this.hear(data)
      this.worker.onerror = ({ message }) => (this.problem = message || 'worker')
      await this.ask({ command: 'start' })
      this.persisted = (await navigator.storage?.persisted?.()) ?? null
    } catch (error) {
      this.problem = (error as Error).message
    }
  }

  /** Queue files, some at a time: the browser looks each up as it is handed over, which would hold up frames. */
  async add(files: File[]): Promise<void> {
    await this.persist()
    const told: Promise<void>[] = []
    for (let at = 0; at < files.length; at += QUEUED_AT_ONCE) {
      told.push(this.tell({ command: 'add', files: files.slice(at, at + QUEUED_AT_ONCE) }))
      await new Promise((resolve) => setTimeout(resolve)) // let a frame through
    }
    await Promise.all(told)
  }

  async addFolder(folder: FileSystemDirectoryHandle): Promise<void> {
    await this.persist()
    await this.tell({ command: 'addFolder', folder })
  }

  pause(): Promise<void> {
    return this.tell({ command: this.status?.paused ? 'resume' : 'pause' })
  }

  async delete(): Promise<void> {
    await this.tell({ command: 'delete' })
    this.set([])
  }

  timeline(): Promise<Timeline> {
    return this.ask({ command: 'timeline' })
  }

  /** Photographs of the timeline that was asked for last, by their positions. */
  photographs(from: number, to: number): Promise<Photograph[]> {
    return this.ask({ command: 'photographs', from, to })
  }

  preview(id: string): Promise<Blob | null> {
    return this.ask({ command: 'preview', id })
  }

  /** Search for other terms. */
  set(terms: Term[]): void {
    this.terms = terms
    this.k = PAGE
    void this.search()
  }

  /** Search for a part of an image instead of a term, or in addition. */
  setTerm(index: number, subject: Subject): void {
    this.set(this.terms.map((term, n) => (n === index ? { ...term, subject } : term)))
  }

  addTerm(subject: Subject, weight: 1 | -1 = 1): void {
    this.set([...this.terms, { subject, weight }])
  }

  showMore(): void {
    this.k += PAGE
    void this.search()
  }

  private async search(): Promise<void> {
    this.problem = ''
    const terms = this.terms
    let found: Photograph[] = []
    this.searching = true
    try {
      if (terms.length) found = await this.ask({ command: 'search', terms, k: this.k })
    } catch (error) {
      this.problem = (error as Error).message
    }
    if (terms !== this.terms) return // another search has begun
    this.searching = false
    this.found = found
  }

  private async persist(): Promise<void> {
    this.persisted = (await navigator.storage?.persist?.().catch(() => null)) ?? null
  }

  private async tell(request: Request): Promise<void> {
    this.problem = ''
    try {
      await this.ask(request)
    } catch (error) {
      this.problem = (error as Error).message
    }
  }

  private ask(request: Request): Promise<any> {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.last, { resolve, reject })
      this.worker!.postMessage({ id: this.last, request })
    })
  }

  private hear(reply: Reply): void {
    if ('status' in reply) {
      this.status = reply.status
      return
    }
    const asked = this.waiting.get(reply.id)!
    this.waiting.delete(reply.id)
    if ('error' in reply) asked.reject(new Error(reply.error))
    else asked.resolve(reply.result)
  }
}

const TAKEN_MS = 5000

/** Let the service worker keep all that is fetched from now on, and what was fetched before. */
async function keepOffline(): Promise<void> {
  if (!navigator.serviceWorker) return
  const taken = new Promise<void>((resolve) => navigator.serviceWorker.addEventListener('controllerchange', () => resolve(), { once: true }))
  const ready = navigator.serviceWorker.register('./sw.js').then(() => (navigator.serviceWorker.controller ? undefined : taken))
  const waited = new Promise((resolve) => setTimeout(resolve, TAKEN_MS))
  await Promise.race([ready, waited]).catch(() => undefined) // refused in private windows, idle after a forced reload
  const icons = [...document.querySelectorAll<HTMLLinkElement>('link[rel=icon]')].map(({ href }) => href) // not among the entries
  const fetched = performance.getEntriesByType('resource').map(({ name }) => name).concat(icons)
  const own = fetched.filter((name) => name.startsWith(new URL('./', location.href).href) && name.includes('/assets/'))
  navigator.serviceWorker.controller?.postMessage({ keep: ['./', ...new Set(own)] })
}

export const session = new Session()
