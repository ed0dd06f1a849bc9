/** HEIC by libheif, a library of its own (LGPL), in a file of its own beside the page: libheif/README.txt. */

const LIBRARY = new URL('../libheif/libheif.js', self.location.href).href // this worker lies in assets/

let library: Promise<any> | undefined

/** Decode the first image of a file; the library, 2 MB, is fetched when it is first needed. */
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
  const { default: load } = await import(/* @vite-ignore */ LIBRARY)
  return load()
}
