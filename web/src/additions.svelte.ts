/** Images that are being added to the collection: sent in batches, two at a time; refusals are kept by name. */

import { ApiError, type Explained, OfflineError } from './api.ts'
import { addImages } from './library.ts'

export interface Refusal {
  name: string
  reason: 'notAnImage' | 'tooLarge' | 'offline' | 'key' | Explained
}

/** What became of an image; one that is busy can be sent again. */
type Outcome = 'added' | 'there' | 'busy' | Refusal['reason']

const AT_ONCE = 2
/** Few enough that progress is seen, and that a batch arrives in time. */
const BATCH = 10
const BATCH_BYTES = 24_000_000
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
  /** Whether the collection keeps where the images were taken. */
  location = $state(false)
  total = $state(0)
  done = $state(0)
  /** How many were in the collection already. */
  there = $state(0)
  refused = $state.raw<Refusal[]>([])
  readonly running = $derived(this.done < this.total)
  readonly added = $derived(this.done - this.there - this.refused.length)

  #waiting: File[] = []
  #workers = 0
  #abort = new AbortController()
  /** Called when the last image was sent. */
  onend: () => void = () => undefined

  /** Add files to those that are sent already. */
  add(files: readonly File[]): void {
    if (!this.running) Object.assign(this, { total: 0, done: 0, there: 0, refused: [] })
    this.shown = true
    this.total += files.length
    for (const file of files) {
      const reason = unfit(file)
      if (reason) this.#note(file, reason)
      else this.#waiting.push(file)
    }
    while (this.#workers < AT_ONCE && this.#waiting.length) void this.#work()
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
    while (this.#waiting.length) await this.#send(this.#take(), this.#abort.signal)
    this.#workers--
    if (this.#workers === 0) {
      this.total = this.done
      this.onend()
    }
  }

  /** Take images for one request, at least one. */
  #take(): File[] {
    let bytes = 0
    const end = this.#waiting.findIndex(({ size }, i) => i === BATCH || (bytes += size) > BATCH_BYTES)
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end))
  }

  async #send(files: File[], signal: AbortSignal): Promise<void> {
    for (let tried = 1; files.length; tried++) {
      if (tried > 1) await new Promise((resolve) => setTimeout(resolve, BUSY_MS))
      const outcomes = await send(files, this.location, signal, tried === MOST_TRIES)
      if (signal.aborted) return
      for (const [i, outcome] of outcomes.entries()) if (outcome !== 'busy') this.#note(files[i]!, outcome)
      files = files.filter((_, i) => outcomes[i] === 'busy')
    }
  }

  #note({ name }: File, outcome: Exclude<Outcome, 'busy'>): void {
    this.done++
    if (outcome === 'there') this.there++
    else if (outcome !== 'added') this.refused = [...this.refused, { name, reason: outcome }]
    if (outcome === 'key') this.#waiting = []
  }
}

function unfit(file: File): 'notAnImage' | 'tooLarge' | null {
  if (!isImage(file)) return 'notAnImage'
  return file.size > MOST_BYTES ? 'tooLarge' : null
}

/** Send images in one request; on the `last` try none stays busy. */
async function send(files: File[], location: boolean, signal: AbortSignal, last: boolean): Promise<Outcome[]> {
  try {
    const results = await addImages(files, location, signal)
    return results.map(({ status, problem }) =>
      problem ? refusal(status, problem, last) : status === 201 ? 'added' : 'there',
    )
  } catch (error) {
    // A proxy may take less at once than the server does.
    if (error instanceof ApiError && error.status === 413 && files.length > 1) {
      const outcomes: Outcome[] = []
      for (const file of files) outcomes.push(...(await send([file], location, signal, last)))
      return outcomes
    }
    return files.map(() => reasonOf(error, last))
  }
}

function reasonOf(error: unknown, last: boolean): Outcome {
  if (error instanceof OfflineError) return 'offline'
  if (!(error instanceof ApiError)) return { detail: String(error) }
  return refusal(error.status, error.problem, last)
}

function refusal(status: number, problem: Explained, last: boolean): Outcome {
  if (status === 413) return 'tooLarge'
  if ([401, 403].includes(status)) return 'key'
  return [429, 503].includes(status) && !last ? 'busy' : problem
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
