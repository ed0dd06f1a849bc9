import type { Item, Modality } from './collection.ts'
import { CollectionError } from './errors.ts'
import { toFloat16 } from './float16.ts'
import { type Moments, unit } from './moments.ts'

const FORMAT = 1

export type Precision = 'float16' | 'int8'

/** What the first frame says of a file. */
export interface Header {
  format: number
  model: string
  dim: number
  vectors: Precision
}

/** Items with their vectors in half precision, (items, dim), and their thumbnails, empty where there is none. */
export interface Block {
  items: Item[]
  vectors: Uint16Array
  thumbnails: Uint8Array[]
}

export function writeHeader(model: { id: string; dim: number }): Uint8Array {
  return json({ format: FORMAT, model: model.id, dim: model.dim, vectors: 'float16' })
}

/** Read a header; throws CollectionError for another format or precision. */
export function readHeader(body: Uint8Array): Header {
  const header = parse(body) as Header
  if (header.format !== FORMAT) throw new CollectionError(`a collection of format ${header.format}: known here is ${FORMAT}`)
  if (!['float16', 'int8'].includes(header.vectors)) throw new CollectionError(`vectors as ${header.vectors}: known are float16, int8`)
  return header
}

/** Write items with vectors in half precision; thumbnails may be left out. */
export function writeBlock(items: Item[], halves: Uint16Array[], thumbnails: (Uint8Array | undefined)[]): Uint8Array[] {
  const about = json(items.map(({ id, modality, source, text, metadata }) => ({ id, modality, source, text, metadata })))
  const sizes = Uint32Array.from(items, (_, n) => thumbnails[n]?.length ?? 0)
  return [length(about), about, ...halves.map(bytes), bytes(sizes), ...thumbnails.filter((each) => each !== undefined)]
}

export function readBlock(body: Uint8Array, { dim, vectors: precision }: Header): Block {
  const { value: items, rest } = withJson<Item[]>(body)
  const numbers = items.length * dim
  const taken = precision === 'int8' ? items.length * 4 + numbers : numbers * 2
  const vectors = precision === 'int8' ? fromInt8(rest, items.length, dim) : new Uint16Array(rest.slice(0, taken).buffer)
  const sizes = new Uint32Array(rest.slice(taken, taken + 4 * items.length).buffer)
  let at = taken + 4 * items.length
  const thumbnails = Array.from(sizes, (size) => rest.subarray(at, (at += size)))
  return { items, vectors, thumbnails }
}

export function writeMoments(modality: Modality, moments: Moments): Uint8Array[] {
  const about = json({ modality, count: moments.count })
  const { mean, second } = moments.normalised()
  return [length(about), about, bytes(mean), bytes(second)]
}

export function readMoments(body: Uint8Array, dim: number): { modality: Modality; count: number; mean: Float64Array; second: Float64Array } {
  const { value, rest } = withJson<{ modality: Modality; count: number }>(body)
  const numbers = new Float64Array(rest.slice().buffer)
  return { ...value, mean: numbers.subarray(0, dim), second: numbers.subarray(dim) }
}

export function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

export function parse(body: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(body))
}

/** Split a body that begins with the length of its JSON. */
function withJson<T>(body: Uint8Array): { value: T; rest: Uint8Array } {
  const end = 4 + new DataView(body.buffer, body.byteOffset).getUint32(0, true)
  return { value: parse(body.subarray(4, end)) as T, rest: body.subarray(end) }
}

function fromInt8(rest: Uint8Array, count: number, dim: number): Uint16Array {
  const scales = new Float32Array(rest.slice(0, 4 * count).buffer)
  const numbers = new Int8Array(rest.buffer, rest.byteOffset + 4 * count, count * dim)
  const vectors = new Float32Array(count * dim)
  for (let row = 0, at = 0; row < count; row++) {
    for (const end = at + dim; at < end; at++) vectors[at] = numbers[at] * scales[row]
    unit(vectors.subarray(at - dim, at))
  }
  return toFloat16(vectors)
}

function length(data: Uint8Array): Uint8Array {
  return bytes(Uint32Array.of(data.length))
}

/** The bytes of numbers; every machine that runs JavaScript in earnest is little-endian. */
function bytes(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
}
