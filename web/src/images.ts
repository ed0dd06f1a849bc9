/** A person's own images: opened, turned upright and made small enough to send. */

import type { Upload } from './state.ts'

const LONGEST_SIDE = 1600
const SEND_AS_IS = 2_000_000

/** Open an image; rejects what the browser cannot decode. */
export async function openUpload(file: Blob, name: string): Promise<Upload> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
  const asIs = scale === 1 && file.size <= SEND_AS_IS
  const width = Math.round(bitmap.width * scale)
  const height = Math.round(bitmap.height * scale)
  const blob = asIs ? file : await redraw(bitmap, width, height)
  bitmap.close()
  return { blob, url: URL.createObjectURL(blob), name, width, height }
}

/** The first image among what was dropped or pasted. */
export function imageAmong(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith('image/')) ?? null
}

async function redraw(bitmap: ImageBitmap, width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')!
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
}
