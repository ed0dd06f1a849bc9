import { json, writeBlock, writeHeader } from './blocks.ts'
import { Collection, type Item } from './collection.ts'
import { CollectionError } from './errors.ts'
import { fromFloat16 } from './float16.ts'
import { frame, HEADER, ITEMS, MAGIC, PREFIX, REMOVED } from './frames.ts'
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

export type { Log, Place }

/**
 * A collection that outlives the tab: one file, in which each change is a frame at the end.
 *
 * Open it in a worker. A change is kept when its promise resolves; of a change that was interrupted nothing is
 * kept. A collection remembers its model.
 */
export class Store {
  readonly collection: Collection
  private readonly log: Log
  private readonly thumbnails: Map<string, [from: number, length: number]>
  private last: Promise<unknown> = Promise.resolve()

  private constructor(log: Log, collection: Collection, thumbnails: Map<string, [number, number]>) {
    this.log = log
    this.collection = collection
    this.thumbnails = thumbnails
  }

  /**
   * Open a collection by name, or make an empty one.
   *
   * Throws CollectionError if its vectors are of another model, or if it is open in another tab.
   */
  static async open(name: string, model: { id: string; dim: number }, options: StoreOptions = {}): Promise<Store> {
    const log = options.log ?? (await openLog(name, options.place))
    try {
      const thumbnails = new Map<string, [number, number]>()
      return new Store(log, await read(log, model, thumbnails), thumbnails)
    } catch (error) {
      await log.close()
      throw error
    }
  }

  /** Bytes of the file. */
  get bytes(): number {
    return this.log.size
  }

  /** Add items, or replace those with the same ids: all of them or, if it fails, none. */
  add(entries: Entry[]): Promise<void> {
    return this.next(async () => {
      if (!entries.length) return
      for (const { item, vector } of entries) this.check(item, vector)
      const parts = writeBlock(entries.map(({ item }) => item), entries.map(({ vector }) => vector), entries.map(({ thumbnail }) => thumbnail))
      await this.log.append(frame(ITEMS, ...parts))
      let at = this.log.size
      for (const { thumbnail } of entries) at -= thumbnail?.length ?? 0
      for (const { item, vector, thumbnail } of entries) {
        this.collection.add(item, vector)
        this.thumbnails.delete(item.id)
        if (thumbnail?.length) this.thumbnails.set(item.id, [at, thumbnail.length])
        at += thumbnail?.length ?? 0
      }
    })
  }

  /** Remove items. */
  remove(ids: string[]): Promise<void> {
    return this.next(async () => {
      const there = ids.filter((id) => this.collection.get(id))
      if (there.length) await this.log.append(frame(REMOVED, json(there)))
      for (const id of there) {
        this.collection.remove(id)
        this.thumbnails.delete(id)
      }
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
    const place = this.thumbnails.get(id)
    return place && this.log.read(...place)
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
async function read(log: Log, model: { id: string; dim: number }, thumbnails: Map<string, [number, number]>): Promise<Collection> {
  if (!(await isBegun(log))) return begin(log, model)
  const { collection, torn } = await readCollection(
    log.pieces(),
    model,
    ({ items, offsets, thumbnails: jpegs }, { start }) =>
      items.forEach(({ id }, n) => {
        thumbnails.delete(id)
        if (jpegs[n].length) thumbnails.set(id, [start + PREFIX + 1 + offsets[n], jpegs[n].length])
      }),
    (ids) => ids.forEach((id) => thumbnails.delete(id)),
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

async function begin(log: Log, model: { id: string; dim: number }): Promise<Collection> {
  const header = frame(HEADER, writeHeader(model))
  const start = new Uint8Array(MAGIC.length + header.length)
  start.set(MAGIC)
  start.set(header, MAGIC.length)
  await log.truncate(0)
  await log.append(start)
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
