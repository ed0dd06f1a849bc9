import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import type { Handle, LogFile } from '../src/fileLog.ts'

/** A file on the disk, with the methods of expo-file-system's. */
export class NodeFile implements LogFile {
  private readonly path: string

  constructor(path: string) {
    this.path = path
  }

  get exists(): boolean {
    return existsSync(this.path)
  }

  create(): void {
    writeFileSync(this.path, '')
  }

  delete(): void {
    rmSync(this.path)
  }

  open(): Handle {
    const file = openSync(this.path, 'r+')
    const handle = {
      offset: 0,
      get size() {
        return fstatSync(file).size
      },
      readBytes(length: number) {
        const bytes = new Uint8Array(length)
        const read = readSync(file, bytes, 0, length, handle.offset)
        handle.offset += read
        return bytes.subarray(0, read)
      },
      writeBytes(bytes: Uint8Array) {
        handle.offset += writeSync(file, bytes, 0, bytes.length, handle.offset)
      },
      close: () => closeSync(file),
    }
    return handle
  }
}
