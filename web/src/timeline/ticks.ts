/** The years beside a timeline: where each begins, if there is room for it. */

import type { Layout, Section } from './layout.ts'

export interface Tick {
  year: string
  /** Distance from the top, as a share of the whole. */
  at: number
}

/** The share of the way through a timeline at which a section is at the top. */
export function shareOf(section: Section, layout: Layout, view: number): number {
  return Math.min(1, section.top / Math.max(1, layout.height - view))
}

/** One tick a year, at least `room` (a share) apart. */
export function ticksOf(layout: Layout, view: number, room: number): Tick[] {
  const ticks: Tick[] = []
  let before: string | undefined
  for (const section of layout.sections) {
    const year = section.month?.slice(0, 4)
    const at = shareOf(section, layout, view)
    if (year && year !== before && (!ticks.length || at - ticks.at(-1)!.at >= room)) ticks.push({ year, at })
    before = year
  }
  return ticks
}
