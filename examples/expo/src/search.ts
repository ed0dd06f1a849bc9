/** Search in photographs, with whatever runs the networks, reads files and decodes images handed in. */

import { type Hit, loadModel, type Model, type Pixels, type Runtime, type WeightedVector } from 'visavis'
import { type Entry, type Log, Store } from 'visavis/store'

/** A photograph of the phone; its pixels are asked for only if it is not in the collection yet. */
export interface Photo {
  /** An id that the phone keeps for this photograph. */
  id: string
  name: string
  metadata?: Record<string, string | number>
  open: () => Promise<{ pixels: Pixels; thumbnail?: Uint8Array }>
}

export interface Parts {
  /** Reads a file of the model folder. */
  read: (file: string) => Promise<Uint8Array>
  /** An ONNX Runtime: onnxruntime-react-native on a phone, onnxruntime-node in tests, or your own. */
  runtime: Runtime
  /** Opens the file that keeps the collection of a model. */
  openLog: (modelId: string) => Promise<Log> | Log
}

export interface IndexOptions {
  /** Stops between two photographs; what was kept is kept. */
  signal?: AbortSignal
  progress?: (done: number) => void
}

/** What indexing did. */
export interface Indexed {
  added: number
  known: number
  failed: { name: string; reason: string }[]
}

export interface Term {
  query: { text: string } | { id: string }
  weight?: number
}

const KEPT_AT_ONCE = 8

export class PhotoSearch {
  readonly model: Model
  readonly store: Store

  private constructor(model: Model, store: Store) {
    this.model = model
    this.store = store
  }

  static async open({ read, runtime, openLog }: Parts): Promise<PhotoSearch> {
    const model = await loadModel('', { read, runtime })
    return new PhotoSearch(model, await Store.open('photos', model, { log: await openLog(model.id) }))
  }

  /** Number of photographs. */
  get size(): number {
    return this.store.collection.size
  }

  /** Add the photographs that are not there yet, one at a time, so that the phone stays cool. */
  async index(photos: AsyncIterable<Photo> | Iterable<Photo>, { signal, progress }: IndexOptions = {}): Promise<Indexed> {
    const result: Indexed = { added: 0, known: 0, failed: [] }
    let entries: Entry[] = []
    const keep = async () => {
      await this.store.add(entries)
      result.added += entries.length
      entries = []
    }
    let done = 0
    for await (const photo of photos) {
      if (signal?.aborted) break
      if (this.store.collection.get(photo.id)) result.known++
      else {
        try {
          entries.push(await this.encode(photo))
        } catch (error) {
          result.failed.push({ name: photo.name, reason: (error as Error).message })
        }
      }
      if (entries.length === KEPT_AT_ONCE) await keep()
      progress?.(++done)
    }
    await keep()
    return result
  }

  /** Return the `k` best photographs for terms in French or English, photographs, or both; best first. */
  async search(terms: Term[], k = 24): Promise<Hit[]> {
    if (!terms.length) return []
    return this.store.collection.search(await Promise.all(terms.map((term) => this.weighted(term))), { k, modality: 'image' })
  }

  async close(): Promise<void> {
    await this.store.close()
    await this.model.release()
  }

  private async encode({ id, name, metadata = {}, open }: Photo): Promise<Entry> {
    const { pixels, thumbnail } = await open()
    const [vector] = await this.model.encodeImages([pixels])
    return { item: { id, modality: 'image', source: name, metadata }, vector, thumbnail }
  }

  private async weighted({ query, weight = 1 }: Term): Promise<WeightedVector> {
    if ('text' in query) return { vector: (await this.model.encodeTexts([query.text]))[0], weight, modality: 'text' }
    const vector = this.store.collection.vector(query.id)
    if (!vector) throw new Error(`${query.id} is no longer in the collection`)
    return { vector, weight, modality: 'image' }
  }
}
