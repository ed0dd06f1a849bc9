/** Selected items as files of other programs. */

import type { Item, Json } from './api.ts'

const FIXED = ['id', 'source', 'width', 'height'] as const
const NEEDS_QUOTES = /[",\r\n]/
/** What a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/

/** One row an item: id, source and size, then a column for each key of their metadata. */
export function toCsv(items: readonly Item[]): string {
  const own = new Set<string>(FIXED)
  const keys = [...new Set(items.flatMap(({ metadata }) => Object.keys(metadata)))].filter((key) => !own.has(key))
  const rows = items.map((item) => [...FIXED.map((key) => item[key]), ...keys.map((key) => item.metadata[key] ?? null)])
  return [[...FIXED, ...keys], ...rows].map((row) => row.map(cell).join(',') + '\r\n').join('')
}

export function toJson(items: readonly Item[]): string {
  return JSON.stringify(
    items.map(({ id, source, width, height, metadata }) => ({ id, source, width, height, metadata })),
    null,
    2,
  )
}

/** One source a line, as they are shown. */
export function toPaths(items: readonly Item[]): string {
  return items.map(({ source }) => source).join('\n')
}

function cell(value: Json): string {
  if (value === null) return ''
  const text = typeof value === 'string' ? value.replace(FORMULA, "'$&") : JSON.stringify(value)
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** Let the browser keep a file. */
export function save(data: Blob, name: string): void {
  const url = URL.createObjectURL(data)
  const link = Object.assign(document.createElement('a'), { href: url, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
