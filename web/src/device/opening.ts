/** Images of files, upright; HEIC too, where the browser itself cannot open it. */

import { decodeHeic } from './heic.ts'

const UPRIGHT = { imageOrientation: 'from-image', colorSpaceConversion: 'none' } as const
const HEIC_BRANDS = /^(hei[cfxms]|hev[cxms]|mif1|msf1)$/

export async function openImage(file: Blob): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file, UPRIGHT)
  } catch (error) {
    if (!(await isHeic(file))) throw error
    return createImageBitmap(await decodeHeic(await file.arrayBuffer()))
  }
}

/** Tell HEIC by its first bytes: a name or a type may be missing. */
async function isHeic(file: Blob): Promise<boolean> {
  const start = new TextDecoder('latin1').decode(await file.slice(4, 12).arrayBuffer())
  return start.startsWith('ftyp') && HEIC_BRANDS.test(start.slice(4))
}
