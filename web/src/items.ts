/** What to call an item. */

import type { Item, Json } from './api.ts'
import type { Size } from './state.ts'

const NAMES = ['title', 'caption', 'name']
const ISO_MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/

/** A text says itself; an image is called by its metadata, else by its file. */
export function captionOf(item: Item): string {
  const named = NAMES.map((key) => item.metadata[key]).find((value) => typeof value === 'string')
  return item.text ?? ((named as string | undefined) ?? item.source) + momentOf(item)
}

/** The moment of a frame of a video: `, 1:02`. */
function momentOf(item: Item): string {
  const seconds = item.metadata['seconds']
  if (typeof seconds !== 'number') return ''
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor) as [number, number, number]
  const long = hours ? `${hours}:${String(minutes).padStart(2, '0')}` : String(minutes)
  return `, ${long}:${String(rest).padStart(2, '0')}`
}

export function languageOf(item: Item): string | null {
  const lang = item.metadata['lang']
  return typeof lang === 'string' ? lang : null
}

/** The pixels of the upright image, where known. */
export function sizeOf({ width, height }: Item): Size | null {
  return width && height ? { width, height } : null
}

/** The day of a moment, as people write it. */
export function readableDay(moment: string, lang: string): string {
  const date = new Date(moment)
  return Number.isNaN(date.valueOf()) ? moment : date.toLocaleDateString(lang, { dateStyle: 'medium' })
}

/** A value of the metadata for people; dates in their way of writing. */
export function readable(value: Json, lang: string): string {
  if (Array.isArray(value)) return value.map((each) => readable(each as Json, lang)).join(', ')
  if (typeof value !== 'string') return JSON.stringify(value)
  const moment = ISO_MOMENT.test(value) ? new Date(value) : null
  if (!moment || Number.isNaN(moment.valueOf())) return value
  return moment.toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' })
}
