import type { Modality } from './collection.ts'
import { QueryError } from './errors.ts'
import { dot, type Moments } from './moments.ts'

/** A unit vector of a query, of what it is, and its signed weight: a negative one asks for what is unlike it. */
export interface WeightedVector {
  vector: ArrayLike<number>
  weight: number
  modality: Modality
}

/** A vector v to rank by; the score of x is `score(v·x)`, and rises with it. */
export interface LinearQuery {
  vector: Float64Array
  score: (product: number) => number
}

/** The mean vector of each modality, where there is one. */
export type Means = Partial<Record<Modality, ArrayLike<number>>>

export type Fusion = 'sum' | 'calibrated' | 'centred'

const FUSIONS: Fusion[] = ['calibrated', 'centred', 'sum']
const LEAST_DEVIATION = 1e-6
/** A term nearer to the mean than this is equal to it but for rounding and encoding again. */
const LEAST_DISTANCE = 1e-2
/** A sum of terms as short as this is rounding error and points nowhere. */
const NOTHING_LEFT = 1e-4

/**
 * Join the terms of a query into one vector.
 *
 * `sum` scores by the weighted mean of similarities, Σ w·s / Σ |w|. `calibrated` measures each term's
 * similarities in standard deviations from their mean over the collection, mixes them to m, and
 * scores by m / (1 + |m|): 0 is like the average item, 0.5 one standard deviation above it. `centred`
 * does so after each term lost what all of its modality have in common: an image the mean of all
 * images, a text that of everyday words.
 *
 * `ranked` are the moments of what is ranked, `means` what `centred` takes from terms: of a modality
 * without one, nothing. Throws QueryError if the terms cancel each other out, or are not finite.
 */
export function fuse(terms: WeightedVector[], ranked: Moments, means: Means, fusion: Fusion = 'centred'): LinearQuery {
  check(terms, fusion)
  if (terms.length === 1 || fusion === 'sum') return { vector: mix(terms, shares(terms)), score: (product) => product }
  const used = fusion === 'centred' ? centred(terms, means) : terms
  const parts = shares(used).map((share, n) => {
    const deviation = ranked.deviation(used[n].vector)
    return deviation > LEAST_DEVIATION ? share / deviation : 0
  })
  const vector = mix(used, parts)
  const offset = dot(vector, ranked.mean())
  return { vector, score: (product) => bend(product - offset) }
}

/** Take the mean of its modality from each term; one that is the mean stays as it is. */
function centred(terms: WeightedVector[], means: Means): WeightedVector[] {
  return terms.map((term) => {
    const mean = means[term.modality]
    if (!mean) return term
    const moved = Float64Array.from(term.vector, (value, n) => value - mean[n])
    const length = Math.sqrt(dot(moved, moved))
    return length < LEAST_DISTANCE ? term : { ...term, vector: moved.map((value) => value / length) }
  })
}

function check(terms: WeightedVector[], fusion: Fusion): void {
  if (!terms.length) throw new QueryError('the query is empty')
  if (!FUSIONS.includes(fusion)) throw new QueryError(`fusion '${fusion}': expected ${FUSIONS.join(', ')}`)
  const other = terms.find(({ modality }) => modality !== 'image' && modality !== 'text')
  if (other) throw new QueryError(`modality '${other.modality}' of a term: expected image or text`)
  const bad = terms.find(({ weight }) => !Number.isFinite(weight) || weight === 0)
  if (bad) throw new QueryError(`weight ${bad.weight}: expected a number other than 0`)
  const total = mix(terms, shares(terms))
  const length = Math.sqrt(dot(total, total))
  if (!Number.isFinite(length)) throw new QueryError('a vector of the query holds NaN or infinity')
  if (length < NOTHING_LEFT) throw new QueryError('the terms of the query cancel each other out: nothing to look for')
}

/** Weights divided by the sum of their sizes, and by the largest first so that the sum is finite; one term alone counts as 1 or -1. */
function shares(terms: WeightedVector[]): number[] {
  const largest = Math.max(...terms.map(({ weight }) => Math.abs(weight)))
  const parts = terms.map(({ weight }) => weight / largest)
  const total = parts.reduce((sum, part) => sum + Math.abs(part), 0)
  return parts.map((part) => part / total)
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
