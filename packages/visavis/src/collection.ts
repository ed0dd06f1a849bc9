import { CollectionError, QueryError } from './errors.ts'
import { type Condition, type Filterable, meets, parseCondition } from './filters.ts'
import { fromFloat16, toFloat16 } from './float16.ts'
import { type Fusion, fuse, type LinearQuery, type WeightedVector } from './fusion.ts'
import { Moments, unit } from './moments.ts'
import { candidates } from './ranking.ts'
import { Vectors } from './vectors.ts'

export type Modality = 'image' | 'text'

/** An image or a text of a collection. */
export interface Item extends Filterable {
  modality: Modality
}

/** An item found by a search; a higher score is better. */
export interface Hit extends Item {
  score: number
}

export interface SearchOptions {
  k?: number
  modality?: Modality
  where?: (string | Condition)[]
  fusion?: Fusion
}

/** The model that made the vectors: a `Model`, or what is known of it. */
export interface VectorSpace {
  id: string
  dim: number
  info?: { textMean?: ArrayLike<number> }
}

export interface CollectionOptions {
  /** False to search without the SIMD of WebAssembly; by default it is used where there is one. The hits are the same. */
  simd?: boolean
}

type Ranked = Pick<Hit, 'id' | 'score'>

/** The exponent of a half that is no finite number. */
const INFINITE = 0x7c00
const LAST_DECIMAL = 1e-6

/** Items and their vectors in memory, in half precision, ranked exactly. */
export class Collection {
  readonly modelId: string
  readonly dim: number
  private items: Item[] = []
  private readonly vectors: Vectors
  private rows = new Map<string, number>()
  private readonly moments: Record<Modality, Moments>
  private readonly textMean?: ArrayLike<number>
  private counting = true

  constructor(model: VectorSpace, { simd = true }: CollectionOptions = {}) {
    this.modelId = model.id
    this.dim = model.dim
    this.textMean = model.info?.textMean
    if (this.textMean && this.textMean.length !== this.dim) throw new CollectionError(`a mean of texts of ${this.textMean.length} numbers: this collection takes ${this.dim}`)
    this.vectors = new Vectors(model.dim, simd)
    this.moments = { image: new Moments(model.dim), text: new Moments(model.dim) }
  }

  get size(): number {
    return this.items.length
  }

  /** Add an item with its unit vector, or replace the one with this id. */
  add(item: Item, vector: ArrayLike<number>): void {
    if (vector.length !== this.dim) throw new CollectionError(`a vector of ${vector.length} numbers: this collection takes ${this.dim}`)
    this.put(item, toFloat16(Float32Array.from(vector)))
  }

  /** Add an item with the halves of its vector. @internal */
  put(item: Item, halves: Uint16Array): void {
    if (halves.some((half) => (half & INFINITE) === INFINITE)) throw new CollectionError(`${item.source}: its vector holds NaN or infinity`)
    this.remove(item.id)
    const row = this.items.length
    this.vectors.set(row, halves)
    this.rows.set(item.id, row)
    this.items.push(item)
    if (this.counting) this.moments[item.modality].add(fromFloat16(halves))
  }

  /** Remove an item; tell whether it was there. The last item takes its row. */
  remove(id: string): boolean {
    const row = this.rows.get(id)
    if (row === undefined) return false
    if (this.counting) this.moments[this.items[row].modality].remove(fromFloat16(this.vectors.at(row)))
    const last = this.items.length - 1
    if (row !== last) {
      this.items[row] = this.items[last]
      this.rows.set(this.items[row].id, row)
      this.vectors.set(row, this.vectors.at(last))
    }
    this.items.pop()
    this.rows.delete(id)
    return true
  }

  get(id: string): Item | undefined {
    const row = this.rows.get(id)
    return row === undefined ? undefined : this.items[row]
  }

  /** Return the vector of an item, to search with: "more like this". */
  vector(id: string): Float32Array | undefined {
    const row = this.rows.get(id)
    return row === undefined ? undefined : unit(fromFloat16(this.vectors.at(row)))
  }

  /** Return the halves of an item's vector: a view, not to be kept. @internal */
  halves(id: string): Uint16Array {
    return this.vectors.at(this.rows.get(id)!)
  }

  /** Iterate over all items. */
  [Symbol.iterator](): Iterator<Item> {
    return this.items[Symbol.iterator]()
  }

  /** Leave the moments as they are until `countMoments`: a file that is read has its own. @internal */
  holdMoments(): void {
    this.counting = false
  }

  /** Take over the moments that a file has for the items so far. @internal */
  restoreMoments(saved: { modality: Modality; count: number; mean: Float64Array; second: Float64Array }): void {
    this.moments[saved.modality].restore(saved.count, saved.mean, saved.second)
  }

  /** Keep moments up to date again; `anew` computes those of all items. @internal */
  countMoments(anew: boolean): void {
    this.counting = true
    if (anew) this.items.forEach((item, row) => this.moments[item.modality].add(fromFloat16(this.vectors.at(row))))
  }

  /** Return the moments of a modality. @internal */
  momentsOf(modality: Modality): Moments {
    return this.moments[modality]
  }

  /** Return the `k` best items for the terms of a query, best first; equal scores by id. */
  search(terms: WeightedVector[], options: SearchOptions = {}): Hit[] {
    const { k = 10, modality = 'image', fusion = 'centred' } = options
    if (!Number.isInteger(k) || k < 1) throw new QueryError(`k is ${k}; ask for at least 1 result`)
    const wrong = terms.find(({ vector }) => vector.length !== this.dim)
    if (wrong) throw new QueryError(`a vector of ${wrong.vector.length} numbers: this collection takes ${this.dim}`)
    const where = (options.where ?? []).map((each) => (typeof each === 'string' ? parseCondition(each) : each))
    const means = { image: this.moments.image.mean(), text: this.textMean }
    const query = fuse(terms, this.moments[modality], means, fusion)
    const accepted = (item: Item) => item.modality === modality && where.every((condition) => meets(item, condition))
    return this.best(query, k, accepted)
  }

  /** Rank by the quick products, then the rows that can be among the best by the exact ones. */
  private best(query: LinearQuery, k: number, accepted: (item: Item) => boolean): Hit[] {
    const scores = this.vectors.products(query.vector, this.items.length)
    const margin = 2 * this.vectors.margin(query.vector) + LAST_DECIMAL
    return candidates(scores, k, margin, (row) => accepted(this.items[row]))
      .map((row) => ({ row, id: this.items[row].id, score: round(query.score(this.vectors.product(query.vector, row))) }))
      .sort(byScore)
      .slice(0, k)
      .map(({ row, score }) => ({ ...this.items[row], score }))
  }
}

function byScore(a: Ranked, b: Ranked): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1)
}

/** Round to six decimals, so that a search gives the same answer every time; equal scores then go by id. */
function round(score: number): number {
  return Math.round(score * 1e6) / 1e6
}
