import { QueryError } from './errors.ts'
import { dot, type Moments } from './moments.ts'

/** A unit vector of a query and its signed weight: a negative one asks for what is unlike it. */
export interface WeightedVector {
  vector: ArrayLike<number>
  weight: number
}

/** A vector v to rank by; the score of x is `score(v·x)`, and rises with it. */
export interface LinearQuery {
  vector: Float64Array
  score: (product: number) => number
}

export type Fusion = 'sum' | 'calibrated'

const LEAST_DEVIATION = 1e-6
const LEAST_LENGTH = 1e-4

/**
 * Join the terms of a query into one vector.
 *
 * `sum` scores by the weighted mean of similarities, Σ w·s / Σ |w|. `calibrated` measures each term's
 * similarities in standard deviations from their mean over the collection, mixes them to m, and
 * scores by m / (1 + |m|): 0 is like the average item, 0.5 one standard deviation above it.
 *
 * Throws QueryError if the terms cancel each other out.
 */
export function fuse(terms: WeightedVector[], moments: Moments, fusion: Fusion = 'calibrated'): LinearQuery {
  check(terms)
  if (terms.length === 1 || fusion === 'sum') return { vector: mix(terms, shares(terms)), score: (product) => product }
  const parts = shares(terms).map((share, n) => {
    const deviation = moments.deviation(terms[n].vector)
    return deviation > LEAST_DEVIATION ? share / deviation : 0
  })
  const vector = mix(terms, parts)
  const offset = dot(vector, moments.mean())
  return { vector, score: (product) => bend(product - offset) }
}

function check(terms: WeightedVector[]): void {
  if (!terms.length) throw new QueryError('the query is empty')
  const bad = terms.find(({ weight }) => !Number.isFinite(weight) || weight === 0)
  if (bad) throw new QueryError(`weight ${bad.weight}: expected a number other than 0`)
  const total = mix(terms, shares(terms))
  if (Math.sqrt(dot(total, total)) < LEAST_LENGTH) throw new QueryError('the terms of the query cancel each other out: nothing to look for')
}

/** Weights divided by the sum of their sizes; one term alone counts as 1, whatever its weight. */
function shares(terms: WeightedVector[]): number[] {
  const total = terms.reduce((sum, { weight }) => sum + Math.abs(weight), 0)
  return terms.map(({ weight }) => weight / total)
}

function mix(terms: WeightedVector[], parts: number[]): Float64Array {
  const mixed = new Float64Array(terms[0].vector.length)
  terms.forEach(({ vector }, term) => {
    for (let n = 0; n < mixed.length; n++) mixed[n] += parts[term] * vector[n]
  })
  return mixed
}

function bend(mixed: number): number {
  return mixed / (1 + Math.abs(mixed))
}
