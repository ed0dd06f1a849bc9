/** Months for people. */

import type { Language } from '../i18n.ts'

/** Making a format takes longer than a hundred uses of it, and headings are written while scrolling. */
const FORMATS: Partial<Record<Language, Intl.DateTimeFormat>> = {}

/** `2024-05` as `May 2024`; a year, or what is no month, is left as it is. */
export function monthName(month: string, lang: Language): string {
  const date = new Date(`${month}-15T12:00:00Z`)
  if (month.length < 7 || Number.isNaN(date.valueOf())) return month
  FORMATS[lang] ??= new Intl.DateTimeFormat(lang, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  return FORMATS[lang].format(date)
}
