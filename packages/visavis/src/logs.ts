import { CollectionError } from './errors.ts'

/** A file that grows at its end, and what is appended stays when the tab is killed afterwards. */
export interface Log {
  readonly size: number
  pieces(): AsyncIterable<Uint8Array>
  read(from: number, length: number): Promise<Uint8Array>
  /** Write at the end; resolves when it is on the disk. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Cut off what begins at `size`, the end of an earlier `append`. */
  truncate(size: number): Promise<void>
  close(): Promise<void>
  /** Close and delete. */
  remove(): Promise<void>
}

/** Where a log is kept: the origin's private file system, or IndexedDB. */
export type Place = 'opfs' | 'indexeddb'

const PIECE = 2 ** 22
const FOLDER = 'visavis'

/** Open a log, made empty if there is none; throws CollectionError if another tab has it open. */
export async function openLog(name: string, place?: Place): Promise<Log> {
  if (!/^[\w.-]+$/.test(name)) throw new CollectionError(`${JSON.stringify(name)}: a name has letters, digits, dots, - and _ only`)
  const unlock = await lock(name)
  try {
    return (place ?? (await usualPlace())) === 'opfs' ? await openFile(name, unlock) : await openDatabase(name, unlock)
  } catch (error) {
    unlock()
    throw error instanceof CollectionError ? error : new CollectionError(`${name}: cannot be opened in this browser (${String(error)})`)
  }
}

/** IndexedDB where there is no private file system, as in some private windows. */
async function usualPlace(): Promise<Place> {
  try {
    await navigator.storage.getDirectory()
  } catch {
    return 'indexeddb'
  }
  if (typeof FileSystemFileHandle === 'undefined') return 'indexeddb'
  if ('createSyncAccessHandle' in FileSystemFileHandle.prototype) return 'opfs'
  throw new CollectionError('a collection is opened in a worker: only there does the browser write files in place')
}

/** Hold a lock by name until the function that is returned is called, or the tab is gone. */
async function lock(name: string): Promise<() => void> {
  if (!navigator.locks) return () => {}
  return new Promise((resolve, reject) => {
    void navigator.locks.request(`visavis:${name}`, { ifAvailable: true }, (held) => {
      if (!held) return reject(new CollectionError(`${name} is open in another tab: close it there first`))
      return new Promise<void>((release) => resolve(release))
    })
  })
}

/** What TypeScript's DOM leaves out: it exists in workers only. */
interface SyncAccessHandle {
  getSize(): number
  read(buffer: Uint8Array, options: { at: number }): number
  write(buffer: Uint8Array, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

async function openFile(name: string, unlock: () => void): Promise<Log> {
  const root = await navigator.storage.getDirectory()
  const folder = await root.getDirectoryHandle(FOLDER, { create: true })
  const handle = await folder.getFileHandle(name, { create: true })
  const file: SyncAccessHandle = await (handle as any).createSyncAccessHandle()
  const close = async () => {
    file.close()
    unlock()
  }
  const read = async (from: number, length: number) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, file.getSize() - from)))
    return bytes.subarray(0, file.read(bytes, { at: from }))
  }
  return {
    get size() {
      return file.getSize()
    },
    async *pieces() {
      for (let at = 0; at < file.getSize(); at += PIECE) yield await read(at, PIECE)
    },
    read,
    async append(bytes) {
      const at = file.getSize()
      try {
        if (file.write(bytes, { at }) < bytes.length) throw new Error('it wrote less')
        file.flush()
      } catch (error) {
        file.truncate(at)
        throw new CollectionError(`the disk is full, or the browser allows no more storage (${String(error)})`)
      }
    },
    async truncate(size) {
      file.truncate(size)
      file.flush()
    },
    close,
    async remove() {
      await close()
      await folder.removeEntry(name)
    },
  }
}

/** A log as one record for each `append`, by the offset where it begins. */
async function openDatabase(name: string, unlock: () => void): Promise<Log> {
  const opening = indexedDB.open(`visavis:${name}`, 1)
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
  const close = async () => {
    database.close()
    unlock()
  }
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
      await done(indexedDB.deleteDatabase(`visavis:${name}`))
    },
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
