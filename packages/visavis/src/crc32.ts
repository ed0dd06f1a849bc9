const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** The CRC-32 of zlib, PNG and Ethernet. */
export function crc32(data: Uint8Array): number {
  let value = 0xffffffff
  for (let n = 0; n < data.length; n++) value = TABLE[(value ^ data[n]) & 255] ^ (value >>> 8)
  return (value ^ 0xffffffff) >>> 0
}
