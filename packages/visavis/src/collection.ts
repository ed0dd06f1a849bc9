import { CollectionError, QueryError } from './errors.ts'
import { type Condition, type Filterable, meets, parseCondition } from './filters.ts'
import { type Fusion, fuse, type LinearQuery, type WeightedVector } from './fusion.ts'
import { Moments } from './moments.ts'

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

const GROWTH = 1.5

/** Items and their vectors in memory, ranked exactly. */
export class Collection {
  readonly modelId: string
  readonly dim: number
  private items: Item[] = []
  private vectors: Float32Array
  private rows = new Map<string, number>()
  private readonly moments: Record<Modality, Moments>
  private counting = true

  constructor(model: { id: string; dim: number }) {
    this.modelId = model.id
    this.dim = model.dim
    this.vectors = new Float32Array(64 * model.dim)
    this.moments = { image: new Moments(model.dim), text: new Moments(model.dim) }
  }

  get size(): number {
    return this.items.length
  }

  /** Add an item with its unit vector, or replace the one with this id. */
  add(item: Item, vector: ArrayLike<number>): void {
    if (vector.length !== this.dim) throw new CollectionError(`a vector of ${vector.length} numbers: this collection takes ${this.dim}`)
    for (let n = 0; n < this.dim; n++) {
      if (!Number.isFinite(vector[n])) throw new CollectionError(`${item.source}: its vector holds NaN or infinity`)
    }
    this.remove(item.id)
    this.reserve(this.items.length + 1)
    this.vectors.set(vector, this.items.length * this.dim)
    this.rows.set(item.id, this.items.length)
    this.items.push(item)
    if (this.counting) this.moments[item.modality].add(this.vectorAt(this.items.length - 1))
  }

  /** Remove an item; tell whether it was there. The last item takes its row. */
  remove(id: string): boolean {
    const row = this.rows.get(id)
    if (row === undefined) return false
    if (this.counting) this.moments[this.items[row].modality].remove(this.vectorAt(row))
    const last = this.items.length - 1
    if (row !== last) {
      this.items[row] = this.items[last]
      this.rows.set(this.items[row].id, row)
      this.vectors.copyWithin(row * this.dim, last * this.dim, (last + 1) * this.dim)
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
    return row === undefined ? undefined : this.vectorAt(row).slice()
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
    if (anew) this.items.forEach((item, row) => this.moments[item.modality].add(this.vectorAt(row)))
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
    const query = fuse(terms, this.moments[modality], this.moments.image, fusion)
    const accepted = (item: Item) => item.modality === modality && where.every((condition) => meets(item, condition))
    return this.best(query, k, accepted)
  }

  private best(query: LinearQuery, k: number, accepted: (item: Item) => boolean): Hit[] {
    const scores = this.scores(query.vector)
    const found: Hit[] = []
    let least = -Infinity
    for (let row = 0; row < this.items.length; row++) {
      if (scores[row] < least || !accepted(this.items[row])) continue
      found.push({ ...this.items[row], score: scores[row] })
      if (found.length >= 4 * k + 64) {
        found.sort(byScore).splice(k)
        least = found[k - 1].score
      }
    }
    const hits = found.map((hit) => ({ ...hit, score: round(query.score(hit.score)) }))
    return hits.sort(byScore).slice(0, k)
  }

  /** Return the products of all vectors with a query, (items,). */
  private scores(query: Float64Array): Float32Array {
    const { dim, vectors } = this
    const wanted = Float32Array.from(query)
    const scores = new Float32Array(this.items.length)
    for (let row = 0, at = 0; row < scores.length; row++) {
      // Four sums at a time: additions that wait for each other would halve the speed.
      let [a, b, c, d] = [0, 0, 0, 0]
      let n = 0
      for (; n + 3 < dim; n += 4, at += 4) {
        a += wanted[n] * vectors[at]
        b += wanted[n + 1] * vectors[at + 1]
        c += wanted[n + 2] * vectors[at + 2]
        d += wanted[n + 3] * vectors[at + 3]
      }
      for (; n < dim; n++, at++) a += wanted[n] * vectors[at]
      scores[row] = a + b + c + d
    }
    return scores
  }

  private vectorAt(row: number): Float32Array {
    return this.vectors.subarray(row * this.dim, (row + 1) * this.dim)
  }

  private reserve(rows: number): void {
    if (rows * this.dim <= this.vectors.length) return
    const larger = new Float32Array(Math.ceil(rows * GROWTH) * this.dim)
    larger.set(this.vectors.subarray(0, this.items.length * this.dim))
    this.vectors = larger
  }
}

function byScore(a: Hit, b: Hit): number {
  return b.score - a.score || (a.id < b.id ? -1 : 1)
}

/** Round to six decimals, so that a search gives the same answer every time. */
function round(score: number): number {
  return Math.round(score * 1e6) / 1e6
}
