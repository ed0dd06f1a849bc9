/** A person's own images: opened, turned upright, made small and drawn anew, without their metadata. */

import type { Upload } from './state.ts'
import { keep } from './uploads.ts'

const LONGEST_SIDE = 1600
const QUALITY = 0.95

/** Open an image; rejects what the browser cannot decode. */
export async function openUpload(file: Blob, name: string): Promise<Upload> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' })
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height))
  const width = Math.max(1, Math.round(bitmap.width * scale))
  const height = Math.max(1, Math.round(bitmap.height * scale))
  const blob = await redraw(bitmap, width, height)
  bitmap.close()
  return { key: keep(blob), name, width, height }
}

/** The first image among what was dropped or pasted. */
export function imageAmong(data: DataTransfer | null): File | null {
  return [...(data?.files ?? [])].find((file) => file.type.startsWith('image/')) ?? null
}

/** Draw on white, as the server shows what is transparent. The pixels are sent, no position or camera. */
async function redraw(bitmap: ImageBitmap, width: number, height: number): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')!
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, width, height)
  return canvas.convertToBlob({ type: 'image/jpeg', quality: QUALITY })
}
