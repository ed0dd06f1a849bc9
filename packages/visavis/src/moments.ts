/** Count, mean and second moments of unit vectors, kept up to date as vectors come and go. */
export class Moments {
  readonly dim: number
  count = 0
  private readonly sum: Float64Array
  /** Upper triangle of Σ x xᵀ, row by row. */
  private readonly products: Float64Array

  constructor(dim: number) {
    this.dim = dim
    this.sum = new Float64Array(dim)
    this.products = new Float64Array((dim * (dim + 1)) / 2)
  }

  add(vector: ArrayLike<number>): void {
    this.change(vector, 1)
  }

  remove(vector: ArrayLike<number>): void {
    this.change(vector, -1)
  }

  /** Take over moments computed elsewhere: mean and upper triangle of E[x xᵀ]. */
  restore(count: number, mean: Float64Array, second: Float64Array): void {
    this.count = count
    this.sum.set(mean.map((value) => value * count))
    this.products.set(second.map((value) => value * count))
  }

  /** Return mean and upper triangle of E[x xᵀ], as `restore` takes them. */
  normalised(): { mean: Float64Array; second: Float64Array } {
    return { mean: this.mean(), second: this.products.map((value) => (this.count ? value / this.count : 0)) }
  }

  mean(): Float64Array {
    return this.sum.map((value) => (this.count ? value / this.count : 0))
  }

  /** The standard deviation of the similarities of all vectors to `query`: √(qᵀ Σ q), with no scan. */
  deviation(query: ArrayLike<number>): number {
    if (!this.count) return 0
    let squares = 0
    for (let row = 0, at = 0; row < this.dim; row++) {
      squares += query[row] * query[row] * this.products[at++]
      for (let column = row + 1; column < this.dim; column++) squares += 2 * query[row] * query[column] * this.products[at++]
    }
    const mean = dot(query, this.mean())
    return Math.sqrt(Math.max(0, squares / this.count - mean * mean))
  }

  private change(vector: ArrayLike<number>, sign: 1 | -1): void {
    this.count += sign
    for (let row = 0, at = 0; row < this.dim; row++) {
      const value = sign * vector[row]
      this.sum[row] += value
      for (let column = row; column < this.dim; column++) this.products[at++] += value * vector[column]
    }
  }
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let n = 0; n < a.length; n++) sum += a[n] * b[n]
  return sum
}

/** Divide a vector by its length, in place. */
export function unit(vector: Float32Array): Float32Array {
  let sum = 0
  for (const value of vector) sum += value * value
  const length = Math.sqrt(sum)
  for (let n = 0; n < vector.length; n++) vector[n] /= length
  return vector
}
