import type { Preprocessing } from './modelInfo.ts'
import { crop, type Pixels, resize } from './resize.ts'

/** Resize and crop an RGB image to the square that the model sees. */
export function prepare(image: Pixels, how: Preprocessing): Pixels {
  const [width, height] = resized(image, how)
  const seen = resize(image, width, height, how.interpolation)
  return crop(seen, centre(width, how.size), centre(height, how.size), how.size, how.size)
}

/** Return what the network takes for prepared images: bytes by pixel, or floats by channel. */
export function batch(images: Pixels[], how: Preprocessing): { data: Uint8Array | Float32Array; dims: number[] } {
  const { size, scaling } = how
  const order = how.channels === 'BGR' ? [2, 1, 0] : [0, 1, 2]
  const area = size * size
  if (!scaling) {
    const data = new Uint8Array(images.length * area * 3)
    images.forEach((image, n) => {
      for (let at = 0; at < area * 3; at++) data[n * area * 3 + at] = image.data[at - (at % 3) + order[at % 3]]
    })
    return { data, dims: [images.length, size, size, 3] }
  }
  const data = new Float32Array(images.length * 3 * area)
  images.forEach((image, n) => {
    for (let channel = 0; channel < 3; channel++) {
      const factor = Math.fround(scaling.scale / scaling.std[channel])
      const offset = Math.fround(-scaling.mean[channel] / scaling.std[channel])
      const to = (n * 3 + channel) * area
      for (let at = 0; at < area; at++) data[to + at] = Math.fround(image.data[at * 3 + order[channel]] * factor) + offset
    }
  })
  return { data, dims: [images.length, 3, size, size] }
}

/** Lay RGBA bytes on white; opaque ones are taken as they are. */
export function onWhite(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): Pixels {
  if (isOpaque(rgba)) return { data: rgba, width, height }
  const data = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const alpha = rgba[from + 3]
    for (let channel = 0; channel < 3; channel++) data[to + channel] = Math.round((rgba[from + channel] * alpha + 255 * (255 - alpha)) / 255)
  }
  return { data, width, height }
}

function isOpaque(rgba: Uint8Array | Uint8ClampedArray): boolean {
  for (let at = 3; at < rgba.length; at += 4) if (rgba[at] !== 255) return false
  return true
}

function resized(image: Pixels, how: Preprocessing): [number, number] {
  const side = how.resizeTo
  if (how.resize === 'squash') return [side, side]
  const longer = Math.trunc((side * Math.max(image.width, image.height)) / Math.min(image.width, image.height))
  return image.width <= image.height ? [side, longer] : [longer, side]
}

/** Where the middle `size` of a side begins; negative where the side is shorter. */
function centre(side: number, size: number): number {
  return side >= size ? Math.floor((side - size) / 2) : -Math.ceil((size - side) / 2)
}
