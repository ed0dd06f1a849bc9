/** What the server tells as it happens (Server-Sent Events), for as long as the page is seen. */

import { ApiError, ROOT, send, type CollectionInfo } from './api.ts'

const FIRST_WAIT_MS = 2000
const LONGEST_WAIT_MS = 60_000

export interface Listener {
  generation: (now: number) => void
  indexing: (progress: CollectionInfo['indexing']) => void
}

/** Listens while the page is seen: a browser has few connections to a server for all its tabs. */
export class Live {
  /** Whether the server tells at the moment. */
  hears = false
  #abort: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #wait = FIRST_WAIT_MS

  constructor(readonly listener: Listener) {
    document.addEventListener('visibilitychange', () => this.#attend())
    addEventListener('online', () => this.#attend())
    this.#attend()
  }

  #attend(): void {
    clearTimeout(this.#timer)
    this.#abort?.abort()
    this.#abort = null
    if (!document.hidden) void this.#listen((this.#abort = new AbortController()))
  }

  /** Listen until the connection ends; then again, after a wait that grows while nothing is heard. */
  async #listen({ signal }: AbortController): Promise<void> {
    try {
      const { body } = await send(`${ROOT}/events`, { signal })
      this.hears = true
      for await (const [name, data] of eventsOf(body!)) {
        this.#wait = FIRST_WAIT_MS
        if (name in this.listener) this.listener[name as keyof Listener](data as never)
      }
    } catch (error) {
      // Without a key there is nothing to hear; one that is entered begins anew.
      if (error instanceof ApiError && error.retryAfter) this.#wait = 1000 * error.retryAfter
    }
    if (signal.aborted) return
    this.hears = false
    this.#timer = setTimeout(() => this.#attend(), this.#wait)
    this.#wait = Math.min(LONGEST_WAIT_MS, 2 * this.#wait)
  }
}

/** The events of a stream, with what they tell; comments are passed over. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<[name: string, data: unknown]> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader()
  let text = ''
  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    text += value
    const parts = text.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(part) ?? []
      if (name && data) yield [name, JSON.parse(data)]
    }
  }
}
