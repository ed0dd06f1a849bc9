/** HEIC by libheif, a library of its own (LGPL), whose file is fetched from the page's own origin. */

import load from 'libheif-js/libheif-wasm/libheif.js'
import wasm from 'libheif-js/libheif-wasm/libheif.wasm?url'

let library: Promise<any> | undefined

export async function decodeHeic(bytes: ArrayBuffer): Promise<ImageData> {
  library ??= open()
  library.catch(() => (library = undefined))
  const { HeifDecoder } = await library
  const [image, ...others] = new HeifDecoder().decode(bytes)
  if (!image) throw new Error('this HEIC file is damaged, or of a kind that is not known')
  const pixels = new ImageData(image.get_width(), image.get_height())
  try {
    await new Promise<void>((resolve, reject) => {
      image.display(pixels, (shown: ImageData | null) => (shown ? resolve() : reject(new Error('this HEIC file is damaged'))))
    })
  } finally {
    for (const each of [image, ...others]) each.free()
  }
  return pixels
}

async function open(): Promise<any> {
  const response = await fetch(wasm)
  if (!response.ok) throw new Error(`${wasm}: ${response.status} ${response.statusText}`)
  return load({ wasmBinary: await response.arrayBuffer() })
}
