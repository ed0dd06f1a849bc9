/**
 * Collections that stay: in a browser's private file system, or in IndexedDB.
 *
 * @module visavis/store
 */
import { json } from './blocks.ts'
import { Collection, type Hit, type Item, type SearchOptions, type VectorSpace } from './collection.ts'
import { beginning, compacted, itemsFrame, type Kept, MOMENTS_EVERY, momentsFrames, placed } from './compaction.ts'
import { CollectionError } from './errors.ts'
import { fromFloat16, toFloat16 } from './float16.ts'
import { frame, MAGIC, PREFIX, REMOVED } from './frames.ts'
import type { WeightedVector } from './fusion.ts'
import { checkComplete, type ImportSource, piecesOf, readCollection } from './importing.ts'
import { type Log, openLog, type Place } from './logs.ts'

/** An item to keep, with its unit vector and perhaps a JPEG to show. */
export interface Entry {
  item: Item
  vector: Float32Array
  thumbnail?: Uint8Array
}

export interface StoreOptions {
  /** By default the private file system (OPFS), or IndexedDB where there is none. */
  place?: Place
  /** Another place to keep the file, for tests and other runtimes. */
  log?: Log
}

/** What a store holds, and the bytes of its file; `wasted` are those of items that were removed or replaced. */
export interface StoreStatus {
  size: number
  bytes: number
  wasted: number
}

/** A collection that outlives the tab: a `Store` in this thread, or one in a worker. */
export interface KeptCollection {
  add(entries: Entry[]): Promise<void>
  remove(ids: string[]): Promise<void>
  import(source: ImportSource, progress?: (items: number) => void): Promise<void>
  search(terms: WeightedVector[], options?: SearchOptions): Promise<Hit[]>
  get(id: string): Promise<Item | undefined>
  vector(id: string): Promise<Float32Array | undefined>
  thumbnail(id: string): Promise<Uint8Array | undefined>
  status(): Promise<StoreStatus>
  compact(): Promise<void>
  close(): Promise<void>
  delete(): Promise<void>
}

export type { Log, Place }

/** A file is written anew by itself when so many bytes, and more than half of it, are wasted. */
const WASTED = 2 ** 23

/**
 * A collection that outlives the tab: one file, in which each change is a frame at the end.
 *
 * Open it in a worker. A change is kept when its promise resolves; of a change that was interrupted nothing is
 * kept. A collection remembers its model.
 */
export class Store implements KeptCollection {
  readonly collection: Collection
  private readonly log: Log
  private kept: Map<string, Kept>
  private last: Promise<unknown> = Promise.resolve()
  private compacting: Promise<unknown> = Promise.resolve()
  private added = 0

  private constructor(log: Log, collection: Collection, kept: Map<string, Kept>) {
    this.log = log
    this.collection = collection
    this.kept = kept
  }

  /**
   * Open a collection by name, or make an empty one.
   *
   * Throws CollectionError if its vectors are of another model, or if it is open in another tab.
   */
  static async open(name: string, model: VectorSpace, options: StoreOptions = {}): Promise<Store> {
    const log = options.log ?? (await openLog(name, options.place))
    try {
      const kept = new Map<string, Kept>()
      return new Store(log, await read(log, model, kept), kept)
    } catch (error) {
      await log.close()
      throw error
    }
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.log.size
  }

  /** Bytes of the file that are of removed and replaced items. */
  get wasted(): number {
    let used = 0
    for (const { bytes } of this.kept.values()) used += bytes
    return this.log.size - used
  }

  async status(): Promise<StoreStatus> {
    return { size: this.collection.size, bytes: this.bytes, wasted: this.wasted }
  }

  /** Search the collection, which is in memory. */
  async search(terms: WeightedVector[], options: SearchOptions = {}): Promise<Hit[]> {
    return this.collection.search(terms, options)
  }

  async get(id: string): Promise<Item | undefined> {
    return this.collection.get(id)
  }

  async vector(id: string): Promise<Float32Array | undefined> {
    return this.collection.vector(id)
  }

  /** Add items, or replace those with the same ids: all of them or, if it fails, none. */
  add(entries: Entry[]): Promise<void> {
    return this.next(async () => {
      if (!entries.length) return
      for (const { item, vector } of entries) this.check(item, vector)
      const halves = entries.map(({ vector }) => toFloat16(vector))
      const { frame, kept } = itemsFrame(entries.map(({ item }) => item), halves, entries.map(({ thumbnail }) => thumbnail), this.log.size)
      await this.log.append(frame)
      entries.forEach(({ item }, n) => {
        this.collection.put(item, halves[n])
        this.kept.set(item.id, kept[n])
      })
      await this.keepMoments(entries.length)
      await this.compactIfWorth()
    })
  }

  /** Remove items. */
  remove(ids: string[]): Promise<void> {
    return this.next(async () => {
      const there = ids.filter((id) => this.collection.get(id))
      if (there.length) await this.log.append(frame(REMOVED, json(there)))
      for (const id of there) {
        this.collection.remove(id)
        this.kept.delete(id)
      }
      await this.compactIfWorth()
    })
  }

  /** Add all that a file for the device holds; call again after an interruption. */
  async import(source: ImportSource, progress: (items: number) => void = () => {}): Promise<void> {
    const { modelId, dim } = this.collection
    const found = await readCollection(piecesOf(source), { id: modelId, dim }, async ({ items, vectors, thumbnails }, _, size) => {
      await this.add(items.map((item, n) => ({ item, vector: fromFloat16(vectors.subarray(n * dim, (n + 1) * dim)), thumbnail: thumbnails[n] })))
      progress(size)
    })
    checkComplete(found)
  }

  /** Return the JPEG of an item, if it has one. */
  async thumbnail(id: string): Promise<Uint8Array | undefined> {
    await this.compacting
    return this.jpeg(id)
  }

  /** Write the file anew, without the bytes of removed and replaced items; interrupted, it stays as it was. */
  compact(): Promise<void> {
    return this.next(() => this.rewrite())
  }

  async close(): Promise<void> {
    await this.last
    await this.log.close()
  }

  /** Close the collection and delete it from the device. */
  async delete(): Promise<void> {
    await this.last
    await this.log.remove()
  }

  private async rewrite(): Promise<void> {
    if (!this.log.replace) throw new CollectionError('this collection is kept where a file cannot be replaced')
    const kept = new Map<string, Kept>()
    const work = this.log.replace(compacted(this.collection, (id) => this.jpeg(id), kept)).then(() => {
      this.kept = kept
    })
    this.compacting = work.catch(() => {})
    await work
  }

  private async compactIfWorth(): Promise<void> {
    if (this.log.size < 2 * WASTED || !this.log.replace) return
    const { wasted } = this
    if (wasted > WASTED && wasted > this.log.size / 2) await this.rewrite().catch(() => {}) // the change itself is kept
  }

  /** Write the moments now and then: without them, opening would compute those of all items. */
  private async keepMoments(more: number): Promise<void> {
    this.added += more
    if (this.added < MOMENTS_EVERY) return
    this.added = 0
    for (const each of momentsFrames(this.collection)) await this.log.append(each)
  }

  private async jpeg(id: string): Promise<Uint8Array | undefined> {
    const kept = this.kept.get(id)
    return kept?.length ? this.log.read(kept.from, kept.length) : undefined
  }

  private check(item: Item, vector: Float32Array): void {
    const { dim } = this.collection
    if (vector.length !== dim || !vector.every(Number.isFinite)) throw new CollectionError(`${item.source}: expected a vector of ${dim} finite numbers`)
  }

  /** Run one change after the other. */
  private next<T>(change: () => Promise<T>): Promise<T> {
    const result = this.last.then(change)
    this.last = result.catch(() => {})
    return result
  }
}

/** Ask the browser to keep what this origin stores when the disk runs low; tells whether it will. */
export async function persist(): Promise<boolean> {
  return (await navigator.storage?.persist?.()) ?? false
}

/** Read a log; what an interrupted change left behind is cut off. */
async function read(log: Log, model: VectorSpace, kept: Map<string, Kept>): Promise<Collection> {
  if (!(await isBegun(log))) return begin(log, model)
  const { collection, torn } = await readCollection(
    log.pieces(),
    model,
    ({ items, thumbnails }, { start, end }) => {
      const jpegs = thumbnails.reduce((sum, { length }) => sum + length, 0)
      const places = placed(end - jpegs, (end - start - jpegs) / items.length, thumbnails)
      items.forEach(({ id }, n) => kept.set(id, places[n]))
    },
    (ids) => ids.forEach((id) => kept.delete(id)),
  )
  if (torn !== undefined) await cutOff(log, torn)
  return collection
}

/** Cut off the last change, which was interrupted; throws CollectionError if more follows, which would be lost. */
async function cutOff(log: Log, torn: number): Promise<void> {
  const prefix = await log.read(torn, PREFIX)
  const length = prefix.length < PREFIX ? 0 : new DataView(prefix.buffer, prefix.byteOffset).getUint32(0, true)
  if (length && torn + PREFIX + length < log.size) throw new CollectionError(`the collection is damaged at byte ${torn} of ${log.size}: delete it, and index again`)
  await log.truncate(torn)
}

async function begin(log: Log, model: VectorSpace): Promise<Collection> {
  await log.truncate(0)
  await log.append(beginning(model))
  return new Collection(model)
}

/** Tell whether a log has more than a header that was begun: a tab may have been killed before its end. */
async function isBegun(log: Log): Promise<boolean> {
  const start = await log.read(0, MAGIC.length + PREFIX)
  if (MAGIC.some((byte, n) => n < start.length && byte !== start[n])) return true // something else: not to be written over
  if (start.length < MAGIC.length + PREFIX) return false
  const length = new DataView(start.buffer, start.byteOffset).getUint32(MAGIC.length, true)
  return log.size >= MAGIC.length + PREFIX + length
}
