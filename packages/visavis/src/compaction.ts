import { writeBlock, writeHeader, writeMoments } from './blocks.ts'
import type { Collection, Item } from './collection.ts'
import { frame, HEADER, ITEMS, MAGIC, MOMENTS } from './frames.ts'

/** Where in a file an item's thumbnail is, and how many bytes the item takes in all. */
export interface Kept {
  from: number
  length: number
  bytes: number
}

/** So many items after the last moments, a store writes them again. */
export const MOMENTS_EVERY = 4096
/** Items of a frame: with thumbnails about a megabyte. */
const ITEMS_AT_ONCE = 64

/** What a file begins with. */
export function beginning(model: { id: string; dim: number }): Uint8Array<ArrayBuffer> {
  const header = frame(HEADER, writeHeader(model))
  const start = new Uint8Array(MAGIC.length + header.length)
  start.set(MAGIC)
  start.set(header, MAGIC.length)
  return start
}

/** Put items into a frame that will begin at `start`, and tell where each will be. */
export function itemsFrame(
  items: Item[],
  halves: Uint16Array[],
  thumbnails: (Uint8Array | undefined)[],
  start: number,
): { frame: Uint8Array<ArrayBuffer>; kept: Kept[] } {
  const bytes = frame(ITEMS, ...writeBlock(items, halves, thumbnails))
  const jpegs = thumbnails.reduce((sum, each) => sum + (each?.length ?? 0), 0)
  return { frame: bytes, kept: placed(start + bytes.length - jpegs, (bytes.length - jpegs) / items.length, thumbnails) }
}

/** Tell where thumbnails are that begin at `from`, of items that take `share` bytes beside them. */
export function placed(from: number, share: number, thumbnails: (Uint8Array | undefined)[]): Kept[] {
  let at = from
  return thumbnails.map((each) => {
    const length = each?.length ?? 0
    at += length
    return { from: at - length, length, bytes: share + length }
  })
}

/** The moments of a collection as frames: one for each modality that is there. */
export function momentsFrames(collection: Collection): Uint8Array<ArrayBuffer>[] {
  return (['image', 'text'] as const)
    .filter((modality) => collection.momentsOf(modality).count)
    .map((modality) => frame(MOMENTS, ...writeMoments(modality, collection.momentsOf(modality))))
}

/** Write a collection as the pieces of a new file, and note in `kept` where each item will be. */
export async function* compacted(
  collection: Collection,
  thumbnail: (id: string) => Promise<Uint8Array | undefined>,
  kept: Map<string, Kept>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const start = beginning({ id: collection.modelId, dim: collection.dim })
  yield start
  let size = start.length
  const all = [...collection]
  for (let from = 0; from < all.length; from += ITEMS_AT_ONCE) {
    const items = all.slice(from, from + ITEMS_AT_ONCE)
    const thumbnails = await Promise.all(items.map(({ id }) => thumbnail(id)))
    const written = itemsFrame(items, items.map(({ id }) => collection.halves(id)), thumbnails, size)
    items.forEach(({ id }, n) => kept.set(id, written.kept[n]))
    size += written.frame.length
    yield written.frame
  }
  yield* momentsFrames(collection)
}
