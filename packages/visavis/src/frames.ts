import { crc32 } from './crc32.ts'
import { CollectionError } from './errors.ts'

/** What a frame of a collection file holds; docs/on-device.md has the layout. */
export const HEADER = 1
export const ITEMS = 2
export const MOMENTS = 3
export const REMOVED = 4
export const END = 5

export const MAGIC = new TextEncoder().encode('VISAVIS\n')

/** Bytes of a frame before its body: its length and its checksum. */
export const PREFIX = 8
const LONGEST = 2 ** 28

/** One frame, and where it begins and ends in the file. */
export interface Frame {
  kind: number
  /** What follows the kind. */
  body: Uint8Array
  start: number
  end: number
}

/** Put parts together into one frame. */
export function frame(kind: number, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = 1 + parts.reduce((sum, part) => sum + part.length, 0)
  const bytes = new Uint8Array(PREFIX + length)
  bytes[PREFIX] = kind
  let at = PREFIX + 1
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length, true)
  view.setUint32(4, crc32(bytes.subarray(PREFIX)), true)
  return bytes
}

/**
 * Read frames from the pieces of a file, in which they may begin and end anywhere.
 *
 * The frames end before the first that is incomplete or damaged: `onTorn` is told where it begins. Throws
 * CollectionError if the file is of another sort.
 */
export async function* frames(pieces: AsyncIterable<Uint8Array>, onTorn: (at: number) => void): AsyncGenerator<Frame> {
  const rest = new Pieces(pieces)
  const magic = await rest.take(MAGIC.length)
  if (!magic || MAGIC.some((byte, n) => byte !== magic[n])) throw new CollectionError('this is no file that visavis export --for-device wrote')
  let start = MAGIC.length
  for (;;) {
    const prefix = await rest.take(PREFIX)
    if (!prefix) break
    const view = new DataView(prefix.buffer, prefix.byteOffset)
    const length = view.getUint32(0, true)
    const body = length && length <= LONGEST ? await rest.take(length) : undefined
    if (!body || crc32(body) !== view.getUint32(4, true)) return onTorn(start)
    const end = start + PREFIX + length
    yield { kind: body[0], body: body.subarray(1), start, end }
    start = end
  }
  if (rest.length) onTorn(start)
}

/** Bytes that arrive piece by piece, taken in other portions. */
class Pieces {
  length = 0
  private held: Uint8Array[] = []
  private readonly source: AsyncIterator<Uint8Array>

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]()
  }

  /** Return the next bytes; undefined if there are not so many, which are then kept. */
  async take(count: number): Promise<Uint8Array | undefined> {
    while (this.length < count) {
      const { done, value } = await this.source.next()
      if (done) return undefined
      this.held.push(value)
      this.length += value.length
    }
    const taken = new Uint8Array(count)
    for (let at = 0; at < count; ) {
      const part = this.held[0].subarray(0, count - at)
      taken.set(part, at)
      at += part.length
      if (part.length === this.held[0].length) this.held.shift()
      else this.held[0] = this.held[0].subarray(part.length)
    }
    this.length -= count
    return taken
  }
}
