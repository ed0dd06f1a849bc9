let table: Float32Array | undefined

/** The values of all half-precision numbers, by their bits. */
export function float16Values(): Float32Array {
  table ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => decode(bits))
  return table
}

/** Read half-precision numbers. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const known = float16Values()
  const values = new Float32Array(halves.length)
  for (let n = 0; n < halves.length; n++) values[n] = known[halves[n]]
  return values
}

/** Round to half precision, to the nearest number, of two equally near ones to the even one. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const halves = new Uint16Array(values.length)
  for (let n = 0; n < values.length; n++) halves[n] = encode(bits[n])
  return halves
}

function decode(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return exponent ? sign * 2 ** (exponent - 15) * (1 + fraction / 1024) : sign * 2 ** -24 * fraction
}

function encode(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const exponent = ((bits >>> 23) & 255) - 112
  const fraction = bits & 0x7fffff
  if (exponent >= 31) return sign | (exponent === 143 && fraction ? 0x7e00 : 0x7c00)
  if (exponent < -10) return sign
  const shift = exponent > 0 ? 13 : 14 - exponent
  const whole = exponent > 0 ? (exponent << 23) | fraction : fraction | 0x800000
  const half = whole >>> shift
  const rest = whole & ((1 << shift) - 1)
  const middle = 1 << (shift - 1)
  return sign | (half + (rest > middle || (rest === middle && half & 1) ? 1 : 0))
}
