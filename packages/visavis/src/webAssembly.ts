/** Compile a module that is written in base64; null where WebAssembly or its SIMD is missing or not allowed. */
export function compile(base64: string): WebAssembly.Module | null {
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)))
  } catch {
    return null
  }
}
