/** The part of the API that lists, changes and gives away the collection. */

import { ApiError, get, ROOT, send, type Item, type Json } from './api.ts'
import type { components } from './schema.ts'
import { sectionsOf, type MonthCount } from './timeline/grouping.ts'
import type { Month } from './timeline/layout.ts'

const PAGE = 100
/** As many items as one request may name. */
export const MANY = 1000
/** Before all dates: a list that begins here begins with the items that have none. */
const BEFORE_DATES = '0000-01'

export type Order = '-taken' | '-added'

interface Timeline {
  months: MonthCount[]
  undated: number
}

/** The images that meet conditions, counted by month, newest first, and the order that `getPage` needs. */
export async function getTimeline(where: string[]): Promise<{ order: Order; months: Month[] }> {
  const taken = await counts('taken', where)
  if (taken.months.length) return { order: '-taken', months: sections(taken) }
  return { order: '-added', months: sections(await counts('added', where)) }
}

/** The next images of a month, newest first. */
export function getPage(
  order: Order,
  month: string | null,
  cursor: string | null,
  where: string[],
): Promise<{ items: Item[]; cursor: string | null }> {
  const from = cursor ? `cursor=${cursor}` : `before=${month ? monthAfter(month) : BEFORE_DATES}`
  return get(`items?modality=image&order=${order}&limit=${PAGE}&${from}${conditions(where)}`)
}

function counts(by: string, where: string[]): Promise<Timeline> {
  return get(`timeline?modality=image&by=${by}${conditions(where)}`)
}

function sections({ months, undated }: Timeline): Month[] {
  return sectionsOf(months.toReversed(), undated)
}

export function monthAfter(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number]
  return number === 12 ? `${pad(year + 1, 4)}-01` : `${pad(year, 4)}-${pad(number + 1, 2)}`
}

function pad(n: number, digits: number): string {
  return String(n).padStart(digits, '0')
}

export type Duplicates = components['schemas']['DuplicatesResponse']
export type Alike = components['schemas']['DuplicateGroup']['alike']

/** Groups of images that show the same; until all are found, how far the search is. */
export function getDuplicates(alike: Alike): Promise<Duplicates> {
  return get(`duplicates?alike=${alike}`)
}

/** Remove an item from the collection, unless it is gone already; its file stays. */
export async function removeItem(id: string): Promise<void> {
  try {
    await send(`${ROOT}/items/${encodeURIComponent(id)}`, { method: 'DELETE' })
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error
  }
}

function conditions(where: string[]): string {
  return where.map((condition) => `&where=${encodeURIComponent(condition)}`).join('')
}

export interface Marks {
  metadata?: Record<string, Json>
  add_to_albums?: string[]
  remove_from_albums?: string[]
}

/** Mark items: favourites and albums; filters find them. */
export async function markItems(ids: readonly string[], marks: Marks): Promise<void> {
  for (const some of inParts(ids)) await sendJson('PATCH', 'items', { ids: some, ...marks })
}

/** The original files of images, in a zip archive. */
export async function downloadOriginals(ids: readonly string[]): Promise<Blob> {
  return (await sendJson('POST', 'download', { ids })).blob()
}

/** The original file of an image. */
export async function getOriginal(id: string): Promise<Blob> {
  return (await send(`${ROOT}/items/${encodeURIComponent(id)}/original`, {})).blob()
}

function inParts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / MANY) }, (_, i) => ids.slice(i * MANY, (i + 1) * MANY))
}

function sendJson(method: string, path: string, body: object): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return send(`${ROOT}/${path}`, { method, body: JSON.stringify(body), headers })
}

/** Add images to the collection: what became of each, in the same order. */
export async function addImages(
  files: readonly File[],
  location: boolean,
  signal: AbortSignal,
): Promise<components['schemas']['BatchResult'][]> {
  const body = new FormData()
  for (const file of files) body.append('file', file, file.name)
  if (location) body.set('location', 'true')
  const response = await send(`${ROOT}/items/batch`, { method: 'POST', body, signal })
  return ((await response.json()) as components['schemas']['BatchResponse']).results
}
