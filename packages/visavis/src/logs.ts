import { CollectionError } from './errors.ts'
import { openDatabase, databaseNames } from './indexedDatabase.ts'
import { fileNames, openFile } from './privateFiles.ts'

/** A file that grows at its end, and what is appended stays when the tab is killed afterwards. */
export interface Log {
  readonly size: number
  pieces(): AsyncIterable<Uint8Array>
  read(from: number, length: number): Promise<Uint8Array>
  /** Write at the end; resolves when it is on the disk. */
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>
  /** Cut off what begins at `size`, the end of an earlier `append`. */
  truncate(size: number): Promise<void>
  /** Put pieces in the place of all that is there; if it is interrupted, nothing has changed. */
  replace?(pieces: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void>
  close(): Promise<void>
  /** Close and delete. */
  remove(): Promise<void>
}

/** Where a log is kept: the origin's private file system, or IndexedDB. */
export type Place = 'opfs' | 'indexeddb'

/** The files of a place, by name. */
interface Drive {
  names(): Promise<string[]>
  open(name: string): Promise<Log>
}

const DRIVES: Record<Place, Drive> = {
  opfs: { names: fileNames, open: openFile },
  indexeddb: { names: databaseNames, open: openDatabase },
}

/** Open a log, made empty if there is none; throws CollectionError if another tab has it open. */
export async function openLog(name: string, place?: Place): Promise<Log> {
  if (!/^[\w.-]+$/.test(name)) throw new CollectionError(`${JSON.stringify(name)}: a name has letters, digits, dots, - and _ only`)
  const unlock = await lock(name)
  try {
    return await openNewest(name, DRIVES[place ?? (await usualPlace())], unlock)
  } catch (error) {
    unlock()
    throw error instanceof CollectionError ? error : new CollectionError(`${name}: cannot be opened in this browser (${String(error)})`)
  }
}

/**
 * Open the file of a log that can be replaced.
 *
 * Another content is written to a file of its own, with a number in its name; then the old file is deleted. So
 * where there are two, the one with the lower number is whole, and the other one was being written.
 */
async function openNewest(name: string, drive: Drive, unlock: () => void): Promise<Log> {
  const numbers = (await drive.names()).filter((each) => each.replace(/~\d+$/, '') === name).map(numberOf)
  const [lowest = 0, ...unfinished] = numbers.sort((a, b) => a - b)
  for (const number of unfinished) await (await drive.open(numbered(name, number))).remove()
  let number = lowest
  let log = await drive.open(numbered(name, number))
  return {
    get size() {
      return log.size
    },
    pieces: () => log.pieces(),
    read: (from, length) => log.read(from, length),
    append: (bytes) => log.append(bytes),
    truncate: (size) => log.truncate(size),
    async replace(pieces) {
      const next = await drive.open(numbered(name, number + 1))
      try {
        for await (const piece of pieces) await next.append(piece)
      } catch (error) {
        await next.remove()
        throw error
      }
      await log.remove()
      log = next
      number++
    },
    close: () => log.close().finally(unlock),
    remove: () => log.remove().finally(unlock),
  }
}

function numbered(name: string, number: number): string {
  return number ? `${name}~${number}` : name
}

function numberOf(file: string): number {
  return Number(/~(\d+)$/.exec(file)?.[1] ?? 0)
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
