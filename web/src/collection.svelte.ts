/** What is known of the collection as a whole: its facts, and the metadata to filter by. */

import { getCollection, getFields, type CollectionInfo, type Field, type Modality } from './api.ts'
import type { Live } from './live.ts'

const WATCH_INDEXING_MS = 2000
/** Between two looks at a collection that changes all the time, such as while it is indexed. */
const LOOK_MS = 3000

class Collection {
  info = $state.raw<CollectionInfo | null>(null)
  fields = $state.raw<Record<Modality, Field[]>>({ image: [], text: [] })
  /** Called when it has other items, or other marks, than before. */
  onchange: () => void = () => undefined
  /** Called when its facts cannot be loaded, and when they can again. */
  onload: (error: unknown) => void = () => undefined

  #live: Live | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #looked = -Infinity

  /** Load the facts. While images are indexed they are looked at again and again, unless the server tells. */
  async load(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#looked = performance.now()
    try {
      const before = this.info?.generation
      this.info = await getCollection()
      if (this.info.generation !== before) this.onchange()
      this.onload(null)
    } catch (error) {
      this.onload(error)
      return
    }
    const { indexing } = this.info
    if (indexing && !this.#live?.hears) this.#timer = setTimeout(() => void this.load(), WATCH_INDEXING_MS)
    if (!indexing || !this.fields.image.length) await this.#loadFields()
  }

  /** Follow what changes for as long as the page is seen. */
  async follow(): Promise<void> {
    const { Live } = await import('./live.ts')
    this.#live = new Live({
      generation: (now) => now !== this.info?.generation && this.#loadSoon(),
      indexing: (progress) => {
        const ended = this.info?.indexing && !progress
        if (this.info) this.info = { ...this.info, indexing: progress }
        if (ended) this.#loadSoon()
      },
    })
  }

  #loadSoon(): void {
    this.#timer ??= setTimeout(() => void this.load(), Math.max(0, this.#looked + LOOK_MS - performance.now()))
  }

  async #loadFields(): Promise<void> {
    const [image, text] = await Promise.all([getFields('image'), getFields('text')].map((fields) => fields.catch(() => [])))
    this.fields = { image: image!, text: text! }
  }
}

export const collection = new Collection()
