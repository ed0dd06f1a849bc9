import type { Interpolation } from './modelInfo.ts'

/** RGB bytes, row by row: `data[(y * width + x) * 3 + channel]`. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray
  width: number
  height: number
}

const CHANNELS = 3
const PRECISION_BITS = 22 // of Pillow's fixed-point weights: 32 - 8 - 2

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

/**
 * Resize as Pillow 13 does, to the same bytes: a canvas's own resizing differs so much that the cosine of
 * the vectors falls to 0.97 for large photographs. Each pass rounds to bytes, so their order counts.
 */
export function resize(image: Pixels, width: number, height: number, interpolation: Interpolation = 'bicubic'): Pixels {
  if (image.width === width && image.height === height) return image
  if (interpolation === 'nearest') return nearest(image, width, height)
  const filter = FILTERS[interpolation]
  const across = (each: Pixels) => (each.width === width ? each : horizontally(each, width, filter))
  const down = (each: Pixels) => (each.height === height ? each : vertically(each, height, filter))
  const fewer = image.height - height
  return fewer > 0 && fewer > 2 * (image.width - width) ? across(down(image)) : down(across(image))
}

/** Cut a rectangle out of an image; what lies outside is black. */
export function crop(image: Pixels, left: number, top: number, width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * CHANNELS)
  const first = Math.max(0, -left)
  const last = Math.min(width, image.width - left)
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top) && first < last; y++) {
    const from = ((y + top) * image.width + left + first) * CHANNELS
    data.set(image.data.subarray(from, from + (last - first) * CHANNELS), (y * width + first) * CHANNELS)
  }
  return { data, width, height }
}

/** For each output position the first input position and the fixed-point weights from there. */
function windows(inputs: number, outputs: number, filter: Filter): { first: Int32Array; weights: Int32Array[] } {
  const scale = inputs / outputs
  const stretch = Math.max(scale, 1)
  const support = filter.support * stretch
  const first = new Int32Array(outputs)
  const weights: Int32Array[] = []
  for (let output = 0; output < outputs; output++) {
    const centre = (output + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(inputs, Math.trunc(centre + support + 0.5))
    const values = Array.from({ length: end - start }, (_, n) => filter.weight((n + start - centre + 0.5) / stretch))
    const total = values.reduce((sum, value) => sum + value, 0) || 1
    first[output] = start
    weights.push(Int32Array.from(values, (value) => fixed(value / total)))
  }
  return { first, weights }
}

function fixed(weight: number): number {
  return Math.trunc(weight * (1 << PRECISION_BITS) + (weight < 0 ? -0.5 : 0.5))
}

/** Round a fixed-point sum to a byte. */
function byte(sum: number): number {
  const value = sum >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}

const HALF = 1 << (PRECISION_BITS - 1)

function horizontally(image: Pixels, width: number, filter: Filter): Pixels {
  const { first, weights } = windows(image.width, width, filter)
  const data = new Uint8Array(width * image.height * CHANNELS)
  for (let y = 0, to = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++, to += CHANNELS) {
      const own = weights[x]
      let from = (y * image.width + first[x]) * CHANNELS
      let red = HALF
      let green = HALF
      let blue = HALF
      for (let n = 0; n < own.length; n++, from += CHANNELS) {
        const weight = own[n]
        red += image.data[from] * weight
        green += image.data[from + 1] * weight
        blue += image.data[from + 2] * weight
      }
      data[to] = byte(red)
      data[to + 1] = byte(green)
      data[to + 2] = byte(blue)
    }
  }
  return { data, width, height: image.height }
}

function vertically(image: Pixels, height: number, filter: Filter): Pixels {
  const { first, weights } = windows(image.height, height, filter)
  const row = image.width * CHANNELS
  const data = new Uint8Array(row * height)
  for (let y = 0; y < height; y++) {
    const own = weights[y]
    for (let x = 0; x < row; x++) {
      let sum = HALF
      for (let n = 0, from = first[y] * row + x; n < own.length; n++, from += row) sum += image.data[from] * own[n]
      data[y * row + x] = byte(sum)
    }
  }
  return { data, width: image.width, height }
}

function nearest(image: Pixels, width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * CHANNELS)
  const columns = positions(image.width, width)
  const rows = positions(image.height, height)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += CHANNELS) {
      const from = (rows[y] * image.width + columns[x]) * CHANNELS
      for (let channel = 0; channel < CHANNELS; channel++) data[to + channel] = image.data[from + channel]
    }
  }
  return { data, width, height }
}

/** The input position of each output position; added up step by step, to round as Pillow does. */
function positions(inputs: number, outputs: number): Int32Array {
  const step = inputs / outputs
  const found = new Int32Array(outputs)
  for (let output = 0, at = step / 2; output < outputs; output++, at += step) found[output] = Math.trunc(at)
  return found
}
