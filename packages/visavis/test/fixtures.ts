import { readFileSync } from 'node:fs'

/** What `fixtures.py` wrote; `make device-check` makes it first. */
export const fixtures = JSON.parse(readFileSync(process.env.VISAVIS_FIXTURES ?? '../../build/fixtures.json', 'utf8'))

export const MODEL = new URL('../../../src/visavis/bundled', import.meta.url).pathname

export function bytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

export function floats(base64: string): Float32Array {
  return new Float32Array(bytes(base64).buffer)
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let n = 0; n < a.length; n++) sum += a[n] * b[n]
  return sum
}

/** Random numbers from a seed, uniform in [-1, 1). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}
