/** A file of the app as the log of a collection. */

import type { Log } from 'visavis/store'

/** The part of expo-file-system's FileHandle that a log needs. */
export interface Handle {
  offset: number | null
  size: number | null
  readBytes(length: number): Uint8Array
  writeBytes(bytes: Uint8Array): void
  close(): void
}

/** The part of expo-file-system's File that a log needs. */
export interface LogFile {
  exists: boolean
  create(): void
  open(): Handle
  delete(): void
}

const PIECE = 2 ** 22

/**
 * Open a file as a log, made empty if there is none.
 *
 * Expo cannot shorten a file, so what is cut off is written over with zeros, which no frame begins with. It does not wait
 * for the disk either: what was appended survives the end of the app, and not always that of the battery.
 */
export function fileLog(file: LogFile): Log {
  if (!file.exists) file.create()
  let handle = file.open()
  let size = handle.size ?? 0
  const read = (from: number, length: number) => {
    handle.offset = from
    return handle.readBytes(Math.max(0, Math.min(length, size - from)))
  }
  const blank = (from: number) => {
    for (const end = handle.size ?? 0; from < end; from += PIECE) {
      handle.offset = from
      handle.writeBytes(new Uint8Array(Math.min(PIECE, end - from)))
    }
  }
  return {
    get size() {
      return size
    },
    async *pieces() {
      for (let at = 0; at < size; at += PIECE) yield read(at, PIECE)
    },
    read: async (from, length) => read(from, length),
    async append(bytes) {
      try {
        handle.offset = size
        handle.writeBytes(bytes)
      } catch (error) {
        blank(size)
        throw new Error(`the phone has no room left (${(error as Error).message})`)
      }
      size += bytes.length
    },
    async truncate(to) {
      if (to) blank(to)
      else {
        handle.close()
        file.delete()
        file.create()
        handle = file.open()
      }
      size = to
    },
    close: async () => handle.close(),
    async remove() {
      handle.close()
      file.delete()
    },
  }
}
