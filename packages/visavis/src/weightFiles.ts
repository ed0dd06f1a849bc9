/** An entry of ONNX that tells where a weight is kept: its key as protobuf writes it, then the tag of its value. */
const LOCATION = new TextEncoder().encode('\n\x08location\x12')

/** Name the files beside a network, an ONNX file, that hold its large weights: `models import` and `models pull` write such files. */
export function weightFiles(network: Uint8Array): string[] {
  const names = new Set<string>()
  for (let at = network.indexOf(LOCATION[0]); at >= 0; at = network.indexOf(LOCATION[0], at + 1)) {
    if (!LOCATION.every((byte, n) => network[at + n] === byte)) continue
    const start = at + LOCATION.length + 1
    names.add(new TextDecoder().decode(network.subarray(start, start + network[start - 1]))) // names are shorter than 128 bytes
  }
  return [...names]
}
