/** The part of the API that lists, changes and gives away the collection. */

import { ApiError, get, ROOT, send, type Item } from './api.ts'
import { sectionsOf, type MonthCount } from './timeline/grouping.ts'
import type { Month } from './timeline/layout.ts'

const PAGE = 100
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
