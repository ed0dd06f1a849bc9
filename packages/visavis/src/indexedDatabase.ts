import { CollectionError } from './errors.ts'
import type { Log } from './logs.ts'

const PREFIX = 'visavis:'

/** The names of all logs. */
export async function databaseNames(): Promise<string[]> {
  const found = await indexedDB.databases()
  return found.map(({ name = '' }) => name).filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length))
}

/** A log as one record for each `append`, by the offset where it begins. */
export async function openDatabase(name: string): Promise<Log> {
  const opening = indexedDB.open(PREFIX + name, 1)
  opening.onupgradeneeded = () => opening.result.createObjectStore('pieces')
  const database = await done(opening)
  const pieces = (mode: IDBTransactionMode) => database.transaction('pieces', mode, { durability: 'strict' }).objectStore('pieces')
  const keys = (await done(pieces('readonly').getAllKeys())) as number[]
  const last = keys.length ? ((await done(pieces('readonly').get(keys.at(-1)!))) as Uint8Array).length : 0
  let size = (keys.at(-1) ?? 0) + last
  const change = async (edit: (store: IDBObjectStore) => void) => {
    const store = pieces('readwrite')
    edit(store)
    await new Promise<void>((resolve, reject) => {
      store.transaction.oncomplete = () => resolve()
      store.transaction.onabort = () => reject(new CollectionError(`the browser allows no more storage (${String(store.transaction.error)})`))
    })
  }
  const close = async () => database.close()
  return {
    get size() {
      return size
    },
    async *pieces() {
      for (const key of keys) yield (await done(pieces('readonly').get(key))) as Uint8Array
    },
    async read(from, length) {
      const key = keys.findLast((each) => each <= from) ?? 0
      const piece = ((await done(pieces('readonly').get(key))) as Uint8Array | undefined) ?? new Uint8Array()
      return piece.subarray(from - key, from - key + length)
    },
    async append(bytes) {
      await change((store) => store.add(bytes, size))
      keys.push(size)
      size += bytes.length
    },
    async truncate(to) {
      await change((store) => store.delete(IDBKeyRange.lowerBound(to)))
      while (keys.length && keys.at(-1)! >= to) keys.pop()
      size = to
    },
    close,
    async remove() {
      await close()
      await done(indexedDB.deleteDatabase(PREFIX + name))
    },
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
