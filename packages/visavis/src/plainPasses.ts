import type { Passes, Pixels } from './resize.ts'
import { PRECISION_BITS, type Windows } from './windows.ts'

const HALF = 1 << (PRECISION_BITS - 1)

/** Passes in JavaScript, of RGB bytes. */
export const plainPasses: Passes = { across, down }

function across(image: Pixels, width: number, { taps, first, weights }: Windows): Pixels {
  const data = new Uint8Array(width * image.height * 3)
  for (let y = 0, to = 0; y < image.height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      let from = (y * image.width + first[x]) * 3
      let red = HALF
      let green = HALF
      let blue = HALF
      for (let n = x * taps; n < (x + 1) * taps; n++, from += 3) {
        const weight = weights[n]
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

function down(image: Pixels, height: number, { taps, first, weights }: Windows): Pixels {
  const row = image.width * 3
  const data = new Uint8Array(row * height)
  for (let y = 0; y < height; y++) {
    const own = weights.subarray(y * taps, (y + 1) * taps)
    for (let x = 0; x < row; x++) {
      let sum = HALF
      for (let n = 0, from = first[y] * row + x; n < taps; n++, from += row) sum += image.data[from] * own[n]
      data[y * row + x] = byte(sum)
    }
  }
  return { data, width: image.width, height }
}

/** Round a fixed-point sum to a byte. */
function byte(sum: number): number {
  const value = sum >> PRECISION_BITS
  return value < 0 ? 0 : value > 255 ? 255 : value
}
