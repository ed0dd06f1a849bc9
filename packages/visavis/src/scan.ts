import { SCAN } from './scanModule.ts'
import { compile } from './webAssembly.ts'

/** What scan.wat exports. */
export interface Scan {
  memory: WebAssembly.Memory
  products(row: number, count: number, bytes: number, query: number, scores: number): void
}

let compiled: WebAssembly.Module | null | undefined

/** Make a scan with a memory of its own; undefined where WebAssembly or its SIMD is missing or not allowed. */
export function openScan(): Scan | undefined {
  compiled ??= compile(SCAN)
  return compiled ? (new WebAssembly.Instance(compiled).exports as unknown as Scan) : undefined
}
