import type { Passes, Pixels } from './resize.ts'
import { RESIZE } from './resizeModule.ts'
import { compile } from './webAssembly.ts'
import type { Windows } from './windows.ts'

/** What resize.wat exports. */
interface Lines {
  memory: WebAssembly.Memory
  line(
    from: number,
    step: number,
    stride: number,
    taps: number,
    firsts: number,
    next: number,
    weights: number,
    further: number,
    to: number,
    pixel: number,
    count: number,
  ): void
}

const PAGE = 2 ** 16
/** Bytes of the image that are in the memory of WebAssembly at a time, where a pass can choose. */
const PART = 2 ** 20
const ROWS = 16
/** The last pixel is read and written with four bytes. */
const SLACK = 4

/** Passes with the SIMD of WebAssembly, a part of the image at a time; undefined where there is none. */
export function openPasses(): Passes | undefined {
  const compiled = compile(RESIZE)
  return compiled ? new QuickPasses(new WebAssembly.Instance(compiled).exports as unknown as Lines) : undefined
}

class QuickPasses implements Passes {
  private readonly lines: Lines

  constructor(lines: Lines) {
    this.lines = lines
  }

  across({ data, width, height }: Pixels, outputs: number, { taps, first, weights }: Windows): Pixels {
    const pixel = data.length / (width * height)
    const [before, after] = [width * pixel, outputs * pixel]
    const rows = Math.max(1, Math.floor(PART / before))
    const table = this.table(first.map((input) => input * pixel), weights, rows * (before + after))
    const found = new Uint8Array(after * height)
    const to = table.end + rows * before
    for (let top = 0; top < height; top += rows) {
      const count = Math.min(rows, height - top)
      this.bytes.set(data.subarray(top * before, (top + count) * before), table.end)
      for (let y = 0; y < count; y++) {
        this.lines.line(table.end + y * before, 0, pixel, taps, 0, 4, table.weights, 4 * taps, to + y * after, pixel, outputs)
      }
      found.set(this.bytes.subarray(to, to + count * after), top * after)
    }
    return { data: found, width: outputs, height }
  }

  down({ data, width, height }: Pixels, outputs: number, { taps, first, weights }: Windows): Pixels {
    const pixel = data.length / (width * height)
    const row = width * pixel
    const most = Math.max(...first.map((input, y) => first[Math.min(outputs, y + ROWS) - 1] + taps - input))
    const table = this.table(first.map((input) => input * row), weights, (most + ROWS) * row)
    const found = new Uint8Array(row * outputs)
    const to = table.end + most * row
    for (let top = 0; top < outputs; top += ROWS) {
      const bottom = Math.min(top + ROWS, outputs)
      this.bytes.set(data.subarray(first[top] * row, (first[bottom - 1] + taps) * row), table.end)
      for (let y = top; y < bottom; y++) {
        this.lines.line(table.end - first[top] * row, pixel, row, taps, 4 * y, 0, table.weights + 4 * taps * y, 0, to + (y - top) * row, pixel, width)
      }
      found.set(this.bytes.subarray(to, to + (bottom - top) * row), top * row)
    }
    return { data: found, width, height: outputs }
  }

  /** Write where inputs begin, in bytes, and then the weights; make room for so many bytes behind them. */
  private table(firsts: Int32Array, weights: Int32Array, room: number): { weights: number; end: number } {
    const end = firsts.byteLength + weights.byteLength
    const missing = end + room + SLACK - this.lines.memory.buffer.byteLength
    if (missing > 0) this.lines.memory.grow(Math.ceil(missing / PAGE))
    const numbers = new Int32Array(this.lines.memory.buffer)
    numbers.set(firsts)
    numbers.set(weights, firsts.length)
    return { weights: firsts.byteLength, end }
  }

  private get bytes(): Uint8Array {
    return new Uint8Array(this.lines.memory.buffer)
  }
}
