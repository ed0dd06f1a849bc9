/** What the page and its worker say to each other. */

import type { MonthCount } from '../timeline/grouping.ts'

/** What a term looks for: words, an image of the collection, another image, or a part of an image. */
export type Subject =
  | { kind: 'text'; text: string }
  | { kind: 'item'; id: string }
  | { kind: 'image'; image: Blob }
  | { kind: 'region'; image: Blob; box: Box }

/** Left, top, width and height, in pixels of the upright image. */
export type Box = [x: number, y: number, width: number, height: number]

export interface Term {
  subject: Subject
  weight: 1 | -1
}

/** An image of the collection, with the address of its preview. */
export interface Photograph {
  id: string
  source: string
  /** When it was taken, or else when its file was changed. */
  date: string
  url: string
}

/** How many photographs are of each month, newest first. */
export interface Timeline {
  months: MonthCount[]
  undated: number
}

/** A file that could not be added, and why. */
export interface Skipped {
  source: string
  reason: string
}

/** Where the worker stands. */
export interface Status {
  ready: boolean
  /** Whether all that the page needs is here, so that it works without a network. */
  complete: boolean
  modelBytes: number
  images: number
  bytes: number
  done: number
  total: number
  running: boolean
  paused: boolean
  skipped: Skipped[]
  /** Files of a folder that are no images. */
  others: number
  problem: string
  /** Whether what is kept cannot be opened, as it is another model's: it has to be deleted and made again. */
  unusable: boolean
}

export type Request =
  | { command: 'start' }
  | { command: 'add'; files: File[] }
  | { command: 'addFolder'; folder: FileSystemDirectoryHandle }
  | { command: 'pause' }
  | { command: 'resume' }
  | { command: 'search'; terms: Term[]; k: number }
  | { command: 'timeline' }
  /** Photographs of the timeline by their positions, the last one excluded. */
  | { command: 'photographs'; from: number; to: number }
  /** The JPEG of a photograph's preview. */
  | { command: 'preview'; id: string }
  | { command: 'delete' }

export type Reply = { status: Status } | { id: number; result: unknown } | { id: number; error: string }

/** The files of the model, by their hashes: `device.json`. */
export interface Listing {
  model: { id: string; files: Record<string, { url: string; bytes: number; sha256: string }> }
}
