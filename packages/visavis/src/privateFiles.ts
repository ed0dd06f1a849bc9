import { CollectionError } from './errors.ts'
import type { Log } from './logs.ts'

const PIECE = 2 ** 22
const FOLDER = 'visavis'

/** What TypeScript's DOM leaves out: it exists in workers only. */
interface SyncAccessHandle {
  getSize(): number
  read(buffer: Uint8Array, options: { at: number }): number
  write(buffer: Uint8Array, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

/** The names of all files. */
export async function fileNames(): Promise<string[]> {
  const names: string[] = []
  for await (const name of (await openFolder()).keys()) names.push(name)
  return names
}

/** Open a file, made empty if there is none. */
export async function openFile(name: string): Promise<Log> {
  const folder = await openFolder()
  const handle = await folder.getFileHandle(name, { create: true })
  const file: SyncAccessHandle = await (handle as any).createSyncAccessHandle()
  const close = async () => file.close()
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

async function openFolder(): Promise<FileSystemDirectoryHandle & { keys(): AsyncIterable<string> }> {
  const root = await navigator.storage.getDirectory()
  return (await root.getDirectoryHandle(FOLDER, { create: true })) as any
}
