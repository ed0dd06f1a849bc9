import { type Block, type Header, parse, readBlock, readHeader, readMoments } from './blocks.ts'
import { Collection, type VectorSpace } from './collection.ts'
import { CollectionError } from './errors.ts'
import { END, type Frame, frames, HEADER, ITEMS, MOMENTS, REMOVED } from './frames.ts'

/** A file that `visavis export --for-device` wrote: streamed, or as a whole. */
export type ImportSource = Blob | Response | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array> | Uint8Array

export interface ImportOptions {
  /** The model that will make the queries: its mean of texts is taken from their terms, and another one's vectors are refused. */
  model?: VectorSpace
  /** Called after each block, with the items that were read so far. */
  progress?: (items: number) => void
  /** Called with each image's JPEG, where the file has thumbnails. */
  thumbnail?: (id: string, jpeg: Uint8Array) => void
}

/**
 * Read a collection into memory, in pieces as they arrive.
 *
 * Throws CollectionError if the file is of another sort, of another model, damaged or cut short.
 */
export async function importCollection(source: ImportSource, options: ImportOptions = {}): Promise<Collection> {
  const found = await readCollection(piecesOf(source), options.model, ({ items, thumbnails }, _, size) => {
    items.forEach(({ id }, n) => thumbnails[n].length && options.thumbnail?.(id, thumbnails[n]))
    options.progress?.(size)
  })
  checkComplete(found)
  return found.collection
}

/** Throws CollectionError unless everything up to the end of an export was read. */
export function checkComplete({ collection, torn, ended }: Contents): void {
  if (torn === undefined && ended === collection.size) return
  const expected = ended === undefined ? 'its end is missing' : `it should have ${ended}`
  throw new CollectionError(`the file is damaged or was cut short: ${collection.size} items can be read, and ${expected}`)
}

/** What is in a file. */
export interface Contents {
  collection: Collection
  /** Where the first incomplete or damaged frame begins, if there is one. */
  torn: number | undefined
  /** The number of items that the end of an export tells. */
  ended: number | undefined
}

/** Called for each block of items, with the number of items so far. */
type OnBlock = (block: Block, frame: Frame, size: number) => void | Promise<void>

/** Read the frames of a file, up to the first that is damaged, into a collection. */
export async function readCollection(
  pieces: AsyncIterable<Uint8Array>,
  model: VectorSpace | undefined,
  onBlock: OnBlock = () => {},
  onRemoved: (ids: string[]) => void = () => {},
): Promise<Contents> {
  let [torn, ended]: (number | undefined)[] = []
  let header: Header | undefined
  let collection: Collection | undefined
  let restored = false
  for await (const frame of frames(pieces, (at) => (torn = at))) {
    if (!header || !collection) {
      if (frame.kind !== HEADER) throw new CollectionError('the file does not begin with a header')
      header = readHeader(frame.body)
      checkModel(header, model)
      collection = new Collection(model ?? { id: header.model, dim: header.dim })
      collection.holdMoments()
    } else if (frame.kind === ITEMS) {
      if (restored) collection.countMoments(false)
      const block = readBlock(frame.body, header)
      block.items.forEach((item, n) => collection!.put(item, block.vectors.subarray(n * header!.dim, (n + 1) * header!.dim)))
      await onBlock(block, frame, collection.size)
    } else if (frame.kind === REMOVED) {
      if (restored) collection.countMoments(false)
      const ids = parse(frame.body) as string[]
      ids.forEach((id) => collection!.remove(id))
      onRemoved(ids)
    } else if (frame.kind === MOMENTS) {
      collection.restoreMoments(readMoments(frame.body, header.dim))
      restored = true
    } else if (frame.kind === END) ended = (parse(frame.body) as { items: number }).items
    else throw new CollectionError(`a frame of kind ${frame.kind}: this file needs a newer version`)
  }
  if (!collection) throw new CollectionError('the file is cut short: it has no header')
  collection.countMoments(!restored)
  return { collection, torn, ended }
}

/** Throws CollectionError unless the vectors of a file are those of the model. */
export function checkModel(header: { model: string; dim: number }, model: VectorSpace | undefined): void {
  if (!model || (model.id === header.model && model.dim === header.dim)) return
  throw new CollectionError(`the collection holds vectors of model ${header.model}, and the model here is ${model.id}: use that model, or encode the images again`)
}

/** The pieces of a source, in order. */
export async function* piecesOf(source: ImportSource): AsyncGenerator<Uint8Array> {
  if (source instanceof Uint8Array) {
    yield source
    return
  }
  if (typeof Response !== 'undefined' && source instanceof Response) {
    if (!source.ok) throw new CollectionError(`${source.url}: ${source.status} ${source.statusText}`)
    source = source.body!
  }
  if (typeof Blob !== 'undefined' && source instanceof Blob) source = source.stream()
  if (Symbol.asyncIterator in source) return yield* source as AsyncIterable<Uint8Array>
  const reader = (source as unknown as ReadableStream<Uint8Array>).getReader() // Safari's streams cannot be iterated
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value
  } finally {
    await reader.cancel()
  }
}
