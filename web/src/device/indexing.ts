/** The queue of photographs to add: one at a time while the next is opened, kept eight at a time, paused between two. */

import { type Model, ModelError } from '../../../packages/visavis/src/index.ts'
import type { Entry, Store } from '../../../packages/visavis/src/store.ts'
import { takenAt } from './dates.ts'
import type { Status } from './messages.ts'
import { hex } from './model.ts'
import { openImage } from './opening.ts'

/** A file that is opened when its turn comes. */
export interface Waiting {
  source: string
  open: () => Promise<File>
}

/** A file with its image; without one, it is in the collection already. */
interface Opened {
  id: string
  file: File
  bytes: ArrayBuffer
  bitmap?: ImageBitmap
}

const KEPT_AT_ONCE = 8
const THUMBNAIL = 360
const QUALITY = 0.8
const LISTED = 200
const IMAGE = /\.(avif|bmp|gif|heic|heif|jfif|jpe?g|jxl|png|tiff?|webp)$/i

export class Indexing {
  private queue: Waiting[] = []
  private kept: Entry[] = []
  /** The file at work and the one after it. */
  private readonly opened = new Map<Waiting, Promise<Opened>>()
  private work = Promise.resolve()
  private resumed = Promise.resolve()
  private resume_ = () => {}
  private readonly model: Model
  private readonly store: Store
  private readonly status: Status
  private readonly report: () => void

  constructor(model: Model, store: Store, status: Status, report: () => void) {
    this.model = model
    this.store = store
    this.status = status
    this.report = report
  }

  /** Queue files, and begin if nothing is at work. Files that are no images are counted. */
  add(files: Waiting[]): void {
    const images = files.filter(({ source }) => IMAGE.test(source))
    this.status.others += files.length - images.length
    this.queue.push(...images)
    this.status.total += images.length
    if (!this.status.running) this.work = this.run()
    else this.report()
  }

  pause(): void {
    if (this.status.paused) return
    this.status.paused = true
    this.resumed = new Promise((resolve) => (this.resume_ = resolve))
    this.report()
  }

  resume(): void {
    this.status.paused = false
    this.status.problem = ''
    this.resume_()
    this.report()
  }

  /** Give up what waits, and return when nothing is written any more. */
  async stop(): Promise<void> {
    this.queue = []
    this.kept = []
    this.resume()
    await this.work
    for (const next of this.opened.values()) await next.then(({ bitmap }) => bitmap?.close(), () => undefined)
    this.opened.clear()
  }

  private async run(): Promise<void> {
    this.status.running = true
    while (this.queue.length || this.kept.length) {
      if (this.status.paused) await this.resumed
      const next = this.queue.shift()
      if (next) await this.one(next)
      if (this.kept.length >= KEPT_AT_ONCE || !this.queue.length || this.status.paused) await this.keep()
      this.report()
      await new Promise((resolve) => setTimeout(resolve)) // let a search through
    }
    this.status.running = false
    this.report()
  }

  private async one(next: Waiting): Promise<void> {
    const { source } = next
    try {
      const opened = await this.open(next)
      if (this.queue[0] && !this.status.paused) void this.open(this.queue[0])
      if (opened.bitmap) await this.encode(source, { ...opened, bitmap: opened.bitmap })
    } catch (error) {
      if (error instanceof ModelError) return this.stumble(error, next)
      if (this.status.skipped.length < LISTED) this.status.skipped.push({ source, reason: (error as Error).message })
    } finally {
      this.opened.delete(next)
    }
    this.status.done++
  }

  /** Read and decode a file, once; the browser decodes in a thread of its own. */
  private open(next: Waiting): Promise<Opened> {
    const known = this.opened.get(next)
    if (known) return known
    const opened = this.read(next)
    opened.catch(() => undefined) // told when its turn comes
    this.opened.set(next, opened)
    return opened
  }

  private async read({ open }: Waiting): Promise<Opened> {
    const file = await open()
    const bytes = await file.arrayBuffer()
    const id = hex(await crypto.subtle.digest('SHA-256', bytes)).slice(0, 32)
    if (this.store.collection.get(id)) return { id, file, bytes }
    return { id, file, bytes, bitmap: await openImage(new Blob([bytes], { type: file.type })) }
  }

  /** Tell what is wrong, and wait until someone resumes: it is no fault of the photograph. */
  private stumble(error: Error, again?: Waiting): void {
    this.status.problem = error.message
    if (again) this.queue.unshift(again)
    this.pause()
  }

  private async encode(source: string, { id, file, bytes, bitmap }: Required<Opened>): Promise<void> {
    try {
      if (this.kept.some(({ item }) => item.id === id)) return
      const [[vector], thumbnail] = await Promise.all([this.model.encodeImages([bitmap]), small(bitmap)])
      const taken = await takenAt(bytes)
      const modified = new Date(file.lastModified).toISOString().slice(0, 19)
      const metadata = { width: bitmap.width, height: bitmap.height, bytes: file.size, modified, ...(taken && { taken }) }
      this.kept.push({ item: { id, modality: 'image', source, metadata }, vector, thumbnail })
    } finally {
      bitmap.close()
    }
  }

  /** Write what was encoded; if the disk is full, wait until someone resumes. */
  private async keep(): Promise<void> {
    try {
      await this.store.add(this.kept)
      this.kept = []
    } catch (error) {
      this.stumble(error as Error)
    }
    this.status.images = this.store.collection.size
    this.status.bytes = this.store.bytes
  }
}

async function small(bitmap: ImageBitmap): Promise<Uint8Array> {
  const scale = Math.min(1, THUMBNAIL / Math.max(bitmap.width, bitmap.height))
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)))
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.fillStyle = 'white'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })).arrayBuffer())
}
