import type { Interpolation } from './modelInfo.ts'

/** Bits behind the point of Pillow's fixed-point weights: 32 - 8 - 2. */
export const PRECISION_BITS = 22

/** The inputs of each output position along a side: `taps` from `first` on, with fixed-point weights, some of them 0. */
export interface Windows {
  taps: number
  /** (outputs,) */
  first: Int32Array
  /** (outputs, taps) */
  weights: Int32Array
}

interface Filter {
  support: number
  weight: (x: number) => number
}

const sinc = (x: number) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x))

const FILTERS: Record<Exclude<Interpolation, 'nearest'>, Filter> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: {
    support: 1,
    weight: (x) => {
      const size = Math.abs(x)
      return size === 0 ? 1 : size >= 1 ? 0 : sinc(size) * (0.54 + 0.46 * Math.cos(Math.PI * size))
    },
  },
  bicubic: {
    support: 2,
    weight: (x) => {
      const size = Math.abs(x)
      const a = -0.5
      if (size < 1) return ((a + 2) * size - (a + 3)) * size * size + 1
      if (size < 2) return (((size - 5) * size + 8) * size - 4) * a
      return 0
    },
  },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
}

/** Compute the windows of a side, as Pillow does. */
export function windows(inputs: number, outputs: number, interpolation: Exclude<Interpolation, 'nearest'>): Windows {
  const filter = FILTERS[interpolation]
  const scale = inputs / outputs
  const stretch = Math.max(scale, 1)
  const support = filter.support * stretch
  const taps = Math.min(inputs, Math.ceil(support) * 2 + 1)
  const first = new Int32Array(outputs)
  const weights = new Int32Array(outputs * taps)
  for (let output = 0; output < outputs; output++) {
    const centre = (output + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(inputs, Math.trunc(centre + support + 0.5))
    const values = Array.from({ length: end - start }, (_, n) => filter.weight((n + start - centre + 0.5) / stretch))
    const total = values.reduce((sum, value) => sum + value, 0) || 1
    first[output] = Math.min(start, inputs - taps)
    weights.set(Int32Array.from(values, (value) => fixed(value / total)), output * taps + start - first[output])
  }
  return { taps, first, weights }
}

function fixed(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5))
}
