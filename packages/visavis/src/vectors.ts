import { CollectionError } from './errors.ts'
import { float16Values } from './float16.ts'
import { openScan, type Scan } from './scan.ts'

/** A row has a multiple of so many numbers, the last of them 0: scan.wat takes 16 at a time. */
const LANES = 16
/** Rows of one call of WebAssembly: their scores stay in the cache. */
const CHUNK = 4096
const PAGE = 2 ** 16
const GROWTH = 1.5
/** What a half's bits are short of as those of a float32, see scan.wat. */
const SCALE = 2 ** 112

/** Vectors in half precision, row by row: two bytes a number in memory, as in the file. */
export class Vectors {
  readonly dim: number
  private readonly width: number
  /** Where rows begin in the memory of WebAssembly: after the query and the scores of a chunk. */
  private readonly start: number
  private readonly scan: Scan | undefined
  private halves: Uint16Array

  constructor(dim: number, simd = true) {
    this.dim = dim
    this.width = Math.ceil(dim / LANES) * LANES
    this.start = 4 * (this.width + CHUNK)
    this.scan = simd ? openScan() : undefined
    this.halves = new Uint16Array()
    this.reserve(64)
  }

  /** Bytes of memory, some of them for vectors to come. */
  get bytes(): number {
    return this.scan ? this.scan.memory.buffer.byteLength : this.halves.byteLength
  }

  /** Tell whether searches use the SIMD of WebAssembly. */
  get simd(): boolean {
    return this.scan !== undefined
  }

  set(row: number, halves: Uint16Array): void {
    this.reserve(row + 1)
    this.halves.set(halves, row * this.width)
  }

  /** Return the halves of a row: a view, not to be kept. */
  at(row: number): Uint16Array {
    return this.halves.subarray(row * this.width, row * this.width + this.dim)
  }

  /** Return the products of the first `count` rows with a query, (count,), with the error that `margin` bounds. */
  products(query: Float64Array, count: number): Float32Array {
    return this.scan ? this.quick(this.scan, query, count) : this.plain(query, count)
  }

  /** Return the product of one row with a query, in double precision. */
  product(query: Float64Array, row: number): number {
    const values = float16Values()
    const at = row * this.width
    let sum = 0
    for (let n = 0; n < this.dim; n++) sum += query[n] * values[this.halves[at + n]]
    return sum
  }

  /** Return by how much a product of `products` may differ from that of `product`, for vectors of unit length. */
  margin(query: Float64Array): number {
    const roundings = this.width / LANES + 8 // of one number, from its product to the end of the sum
    return roundings * 2 ** -23 * Math.hypot(...query)
  }

  private quick(scan: Scan, query: Float64Array, count: number): Float32Array {
    const { buffer } = scan.memory
    const wanted = new Float32Array(buffer, 0, this.width)
    wanted.fill(0).set(query.map((value) => value * SCALE))
    const scores = new Float32Array(count)
    for (let row = 0; row < count; row += CHUNK) {
      const rows = Math.min(CHUNK, count - row)
      scan.products(this.start + 2 * row * this.width, rows, 2 * this.width, 0, 4 * this.width)
      scores.set(new Float32Array(buffer, 4 * this.width, rows), row)
    }
    return scores
  }

  private plain(query: Float64Array, count: number): Float32Array {
    const { halves, width } = this
    const values = float16Values()
    const wanted = new Float32Array(width)
    wanted.set(query)
    const scores = new Float32Array(count)
    for (let row = 0, at = 0; row < count; row++) {
      // Four sums at a time: additions that wait for each other would halve the speed.
      let [a, b, c, d] = [0, 0, 0, 0]
      for (let n = 0; n < width; n += 4, at += 4) {
        a += wanted[n] * values[halves[at]]
        b += wanted[n + 1] * values[halves[at + 1]]
        c += wanted[n + 2] * values[halves[at + 2]]
        d += wanted[n + 3] * values[halves[at + 3]]
      }
      scores[row] = a + b + c + d
    }
    return scores
  }

  private reserve(rows: number): void {
    if (rows * this.width <= this.halves.length) return
    const wanted = Math.ceil(rows * GROWTH) * this.width
    try {
      this.halves = this.scan ? this.grown(this.scan, wanted) : enlarged(this.halves, wanted)
    } catch (error) {
      throw new CollectionError(`no memory for ${rows} vectors of ${this.dim} numbers (${String(error)})`)
    }
  }

  private grown({ memory }: Scan, numbers: number): Uint16Array {
    const missing = this.start + 2 * numbers - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE))
    return new Uint16Array(memory.buffer, this.start)
  }
}

function enlarged(halves: Uint16Array, numbers: number): Uint16Array {
  const larger = new Uint16Array(numbers)
  larger.set(halves)
  return larger
}
