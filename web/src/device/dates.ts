/** When a photograph was taken, as its camera wrote it. */

/** Return `2019-07-14T12:00:00`, the time of the place where it was taken; undefined if the file does not say. */
export async function takenAt(bytes: ArrayBuffer): Promise<string | undefined> {
  const { default: exifr } = await import('exifr/dist/lite.esm.mjs') // JPEG and HEIC
  const found = await exifr.parse(bytes, { gps: false, reviveValues: false }).catch(() => undefined)
  const written = String(found?.DateTimeOriginal ?? found?.CreateDate ?? '')
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(written)
  return parts && parts[1] !== '0000' ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}` : undefined
}
