/** Small images for the canvas: a few are fetched at a time, and kept. */

import { getImage, thumbnailUrl } from '../api.ts'

const AT_ONCE = 6
const KEPT = 1500

export class Thumbnails {
  readonly #kept = new Map<string, ImageBitmap | null>()
  readonly #abort = new AbortController()
  #wanted: string[] = []
  #running = 0

  constructor(readonly onload: () => void) {}

  get(id: string): ImageBitmap | null {
    return this.#kept.get(id) ?? null
  }

  /** Fetch these, the first ones first; what was wanted before and is not any more is dropped. */
  want(ids: readonly string[]): void {
    this.#wanted = ids.filter((id) => !this.#kept.has(id))
    while (this.#running < AT_ONCE && this.#wanted.length) void this.#fetchNext()
  }

  close(): void {
    this.#wanted = []
    this.#abort.abort()
  }

  async #fetchNext(): Promise<void> {
    const id = this.#wanted.shift()!
    this.#running += 1
    this.#keep(id, null)
    try {
      const blob = await getImage(thumbnailUrl(id, 128), this.#abort.signal)
      this.#keep(id, await createImageBitmap(blob))
      this.onload()
    } catch {
      // It stays a dot.
    }
    this.#running -= 1
    if (this.#wanted.length) void this.#fetchNext()
  }

  #keep(id: string, bitmap: ImageBitmap | null): void {
    this.#kept.set(id, bitmap)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest)
  }
}
