import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from '../src/crc32.ts'
import { fromFloat16, toFloat16 } from '../src/float16.ts'

test('every half-precision number comes back, and others are rounded to the nearest', () => {
  const all = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits)
  const values = fromFloat16(all)
  const again = toFloat16(values)
  for (let bits = 0; bits < all.length; bits++) {
    if (Number.isNaN(values[bits])) assert.ok(Number.isNaN(fromFloat16(again.subarray(bits, bits + 1))[0]))
    else assert.equal(again[bits], bits)
  }
  // Halfway between 1 and 1 + 2^-10 goes to the even one; a little more goes up.
  assert.deepEqual([...fromFloat16(toFloat16(Float32Array.of(1 + 2 ** -11, 1 + 2 ** -11 + 2 ** -20, 65519, 65520, 2 ** -26)))], [1, 1 + 2 ** -10, 65504, Infinity, 0])
})

test('the checksum is that of zlib', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926)
})
