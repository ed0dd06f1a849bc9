/** A photograph's pixels, near the size that the model sees; the exact resizing follows in the model. */

import { decode } from 'fast-png'
import { File } from 'expo-file-system'
import { ImageManipulator, SaveFormat } from 'expo-image-manipulator'
import type { Pixels } from 'visavis'
import { halvings } from './halvings'

const THUMBNAIL = { format: SaveFormat.JPEG, compress: 0.8 }

/** Open an image upright, small: RGB bytes, and a JPEG to show. */
export async function open(uri: string, width: number, height: number): Promise<{ pixels: Pixels; thumbnail: Uint8Array }> {
  const context = ImageManipulator.manipulate(uri)
  for (const size of halvings(width, height)) context.resize(size)
  const image = await context.renderAsync()
  const [png, jpeg] = await Promise.all([image.saveAsync({ format: SaveFormat.PNG }), image.saveAsync(THUMBNAIL)])
  return { pixels: rgb(decode(await taken(png.uri))), thumbnail: await taken(jpeg.uri) }
}

/** Read a temporary file, and delete it. */
async function taken(uri: string): Promise<Uint8Array> {
  const file = new File(uri)
  const bytes = await file.bytes()
  file.delete()
  return bytes
}

function rgb({ data, width, height, channels }: ReturnType<typeof decode>): Pixels {
  if (channels === 3) return { data: data as Uint8Array, width, height }
  const pixels = new Uint8Array(width * height * 3)
  for (let n = 0; n < width * height; n++) for (let c = 0; c < 3; c++) pixels[n * 3 + c] = data[n * channels + c] as number
  return { data: pixels, width, height }
}
