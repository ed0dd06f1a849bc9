/** Language, appearance, and what is shown of results: by the browser, until someone chooses; then remembered. */

import type { Explained } from './api.ts'
import { dictionaries, type Language, type Messages } from './i18n.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const LANG = 'visavis.lang'
const THEME = 'visavis.theme'
const NAMES = 'visavis.names'

export const preferences = $state<{ lang: Language; theme: Theme; names: boolean }>({
  lang: firstLanguage(),
  theme: THEMES.find((theme) => theme === localStorage.getItem(THEME)) ?? 'system',
  /** Whether results show their names and scores. */
  names: localStorage.getItem(NAMES) === 'shown',
})
/** A problem of the server in French; as it is until that is loaded. */
let inFrench = $state.raw((problem: Explained) => problem.detail)
apply()

/** The page's words in the present language. */
export function messages(): Messages {
  return dictionaries[preferences.lang]
}

/** A problem of the server in the present language. */
export function said(problem: Explained): string {
  return preferences.lang === 'fr' ? inFrench(problem) : problem.detail
}

export function chooseLanguage(lang: Language): void {
  preferences.lang = lang
  localStorage.setItem(LANG, lang)
  apply()
}

export function chooseTheme(theme: Theme): void {
  preferences.theme = theme
  localStorage.setItem(THEME, theme)
  apply()
}

export function showNames(names: boolean): void {
  preferences.names = names
  localStorage.setItem(NAMES, names ? 'shown' : 'hidden')
}

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(LANG), ...navigator.languages]
  const known = wanted.map((tag) => tag?.slice(0, 2)).find((tag) => tag === 'en' || tag === 'fr')
  return known ?? 'en'
}

function apply(): void {
  document.documentElement.lang = preferences.lang
  document.documentElement.dataset.theme = preferences.theme
  if (preferences.lang === 'fr') {
    void import('./i18n/errors.ts').then((french) => (inFrench = french.inFrench), () => undefined)
  }
}
