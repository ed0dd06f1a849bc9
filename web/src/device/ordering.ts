/** The photographs of a collection by date, newest first. */

import type { Item } from '../../../packages/visavis/src/index.ts'
import type { Timeline } from './messages.ts'

/** When it was taken, or else when its file was changed; empty where neither is known. */
export function dateOf({ metadata }: Pick<Item, 'metadata'>): string {
  return String(metadata.taken ?? metadata.modified ?? '')
}

/** Return items, newest first; those of the same moment by id, those without a date last. */
export function newestFirst(items: Iterable<Item>): Item[] {
  const dated = Array.from(items, (item) => ({ item, date: dateOf(item) }))
  dated.sort((a, b) => (a.date === b.date ? (a.item.id < b.item.id ? -1 : 1) : a.date < b.date ? 1 : -1))
  return dated.map(({ item }) => item)
}

/** Count the items of each month, of items in order. */
export function timelineOf(ordered: Item[]): Timeline {
  const timeline: Timeline = { months: [], undated: 0 }
  for (const item of ordered) {
    const month = dateOf(item).slice(0, 7)
    const last = timeline.months.at(-1)
    if (!month) timeline.undated++
    else if (last?.month === month) last.count++
    else timeline.months.push({ month, count: 1 })
  }
  return timeline
}
