/** Images that are being added to the collection: sent two at a time, refusals kept by name. */

import { ApiError, type Explained, OfflineError } from './api.ts'
import { addImage } from './library.ts'

export interface Refusal {
  name: string
  reason: 'notAnImage' | 'tooLarge' | 'offline' | 'key' | Explained
}

const AT_ONCE = 2
const MOST_BYTES = 20_000_000
const BUSY_MS = 2000
const MOST_TRIES = 5
const IMAGE_NAME = /\.(avif|bmp|gif|heic|heif|jpe?g|jxl|png|tiff?|webp)$/i

export function isImage({ name, type }: { name: string; type: string }): boolean {
  return type.startsWith('image/') || IMAGE_NAME.test(name)
}

class Additions {
  /** Whether the dialog is open. */
  shown = $state(false)
  total = $state(0)
  done = $state(0)
  refused = $state.raw<Refusal[]>([])
  readonly running = $derived(this.done < this.total)
  readonly added = $derived(this.done - this.refused.length)

  #waiting: File[] = []
  #workers = 0
  #abort = new AbortController()
  /** Called when the last image was sent. */
  onend: () => void = () => undefined

  /** Add files to those that are sent already. */
  add(files: readonly File[]): void {
    if (!this.running) Object.assign(this, { total: 0, done: 0, refused: [] })
    this.shown = true
    this.total += files.length
    this.#waiting.push(...files)
    while (this.#workers < Math.min(AT_ONCE, this.#waiting.length)) void this.#work()
  }

  /** Give up what was not sent yet. */
  stop(): void {
    this.#waiting = []
    this.#abort.abort()
    this.#abort = new AbortController()
    this.total = this.done
  }

  async #work(): Promise<void> {
    this.#workers++
    for (let file = this.#waiting.shift(); file; file = this.#waiting.shift()) {
      const { signal } = this.#abort
      const reason = await refusal(file, signal)
      if (signal.aborted) continue
      if (reason) this.refused = [...this.refused, { name: file.name, reason }]
      this.done++
      if (reason === 'key') this.#waiting = []
    }
    this.#workers--
    if (this.#workers === 0) {
      this.total = this.done
      this.onend()
    }
  }
}

/** Send an image; the reason why it was refused, or null. */
async function refusal(file: File, signal: AbortSignal): Promise<Refusal['reason'] | null> {
  if (!isImage(file)) return 'notAnImage'
  if (file.size > MOST_BYTES) return 'tooLarge'
  for (let tried = 1; ; tried++) {
    try {
      await addImage(file, signal)
      return null
    } catch (error) {
      if (error instanceof OfflineError) return 'offline'
      if (!(error instanceof ApiError)) return { detail: String(error) }
      if (error.status === 413) return 'tooLarge'
      if ([401, 403].includes(error.status)) return 'key'
      if (![429, 503].includes(error.status) || tried === MOST_TRIES) return error.problem
      await new Promise((resolve) => setTimeout(resolve, 1000 * (error.retryAfter ?? BUSY_MS / 1000)))
    }
  }
}

/** All files of what was dropped, those in folders too; hidden ones are left out. */
export async function filesOf(data: DataTransfer): Promise<File[]> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null)
  if (!entries.some((entry) => entry?.isDirectory)) return [...data.files]
  const found: File[] = []
  for (const entry of entries) if (entry) await collect(entry, found)
  return found
}

async function collect(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (entry.name.startsWith('.')) return
  if (entry.isFile) found.push(await fileOf(entry as FileSystemFileEntry))
  if (!entry.isDirectory) return
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  // A reader gives a part at a time, and nothing at the end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!part.length) return
    for (const one of part) await collect(one, found)
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

export const additions = new Additions()
