import type { Interpolation } from './modelInfo.ts'
import { plainPasses } from './plainPasses.ts'
import { openPasses } from './quickPasses.ts'
import { type Windows, windows } from './windows.ts'

/** RGB bytes, row by row: `data[(y * width + x) * 3 + channel]`; or RGBA bytes without transparent parts. */
export interface Pixels {
  data: Uint8Array | Uint8ClampedArray
  width: number
  height: number
}

/** The two passes of a resizing: across each row, and down each column. */
export interface Passes {
  across(image: Pixels, width: number, inputs: Windows): Pixels
  down(image: Pixels, height: number, inputs: Windows): Pixels
}

let quick: Passes | null | undefined

/**
 * Resize as Pillow 13 does, to the same RGB bytes: a canvas's own resizing differs so much that the cosine of
 * the vectors falls to 0.97 for large photographs. Each pass rounds to bytes, so their order counts.
 * `simd` says whether to use WebAssembly where its SIMD is known; the bytes are the same.
 */
export function resize(image: Pixels, width: number, height: number, interpolation: Interpolation = 'bicubic', simd = true): Pixels {
  if (image.width === width && image.height === height) return opaque(image)
  if (interpolation === 'nearest') return nearest(opaque(image), width, height)
  if (quick === undefined) quick = openPasses() ?? null
  const passes = simd && quick
  const { across, down } = bound(passes || plainPasses, width, height, interpolation)
  const start = passes ? image : opaque(image)
  const fewer = image.height - height
  return opaque(fewer > 0 && fewer > 2 * (image.width - width) ? across(down(start)) : down(across(start)))
}

/** The passes to a size; one that would change nothing is left out. */
function bound(passes: Passes, width: number, height: number, interpolation: Exclude<Interpolation, 'nearest'>) {
  return {
    across: (each: Pixels) => (each.width === width ? each : passes.across(each, width, windows(each.width, width, interpolation))),
    down: (each: Pixels) => (each.height === height ? each : passes.down(each, height, windows(each.height, height, interpolation))),
  }
}

/** Return the number of bytes of a pixel. */
function channels({ data, width, height }: Pixels): number {
  return data.length / (width * height)
}

/** Drop the fourth channel, if there is one. */
export function opaque(image: Pixels): Pixels {
  if (channels(image) === 3) return image
  const data = new Uint8Array(image.width * image.height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = image.data[from]
    data[to + 1] = image.data[from + 1]
    data[to + 2] = image.data[from + 2]
  }
  return { ...image, data }
}

/** Cut a rectangle out of an image; what lies outside is black. */
export function crop(image: Pixels, left: number, top: number, width: number, height: number): Pixels {
  const pixel = channels(image)
  const data = new Uint8Array(width * height * pixel)
  const first = Math.max(0, -left)
  const last = Math.min(width, image.width - left)
  for (let y = Math.max(0, -top); y < Math.min(height, image.height - top) && first < last; y++) {
    const from = ((y + top) * image.width + left + first) * pixel
    data.set(image.data.subarray(from, from + (last - first) * pixel), (y * width + first) * pixel)
  }
  return { data, width, height }
}

function nearest(image: Pixels, width: number, height: number): Pixels {
  const data = new Uint8Array(width * height * 3)
  const columns = positions(image.width, width)
  const rows = positions(image.height, height)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const from = (rows[y] * image.width + columns[x]) * 3
      for (let channel = 0; channel < 3; channel++) data[to + channel] = image.data[from + channel]
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
