/** Sections of a sensible size: months, or years where months hold few images, or all with a date. */

import type { Month } from './layout.ts'

/** With fewer images in a section on average, headings take more room than images. */
const FEWEST = 6

export interface MonthCount {
  /** `2024-05`. */
  month: string
  count: number
}

/** Group months, newest first; images without a date come last. */
export function sectionsOf(months: readonly MonthCount[], undated: number): Month[] {
  const levels = [grouped(months, (month) => month), grouped(months, (month) => month.slice(0, 4)), together(months)]
  const total = months.reduce((sum, { count }) => sum + count, 0)
  const dated = levels.find((sections) => total >= FEWEST * sections.length) ?? levels.at(-1)!
  return [...dated, ...(undated ? [{ month: null, name: null, count: undated }] : [])]
}

function grouped(months: readonly MonthCount[], nameOf: (month: string) => string): Month[] {
  const sections: Month[] = []
  for (const { month, count } of months) {
    const name = nameOf(month)
    const last = sections.at(-1)
    if (last?.name === name) last.count += count
    else sections.push({ month, name, count })
  }
  return sections
}

function together(months: readonly MonthCount[]): Month[] {
  const [newest, oldest] = [months[0]?.month.slice(0, 4), months.at(-1)?.month.slice(0, 4)]
  return grouped(months, () => (newest === oldest ? newest! : `${oldest}–${newest}`))
}
