/** Language and appearance: by the browser, until someone chooses; then remembered. */

import { dictionaries, type Language, type Messages } from './i18n.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const LANG = 'visavis.lang'
const THEME = 'visavis.theme'

export const preferences = $state<{ lang: Language; theme: Theme }>({
  lang: firstLanguage(),
  theme: THEMES.find((theme) => theme === localStorage.getItem(THEME)) ?? 'system',
})
apply()

/** The page's words in the present language. */
export function messages(): Messages {
  return dictionaries[preferences.lang]
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

function firstLanguage(): Language {
  const wanted = [localStorage.getItem(LANG), ...navigator.languages]
  const known = wanted.map((tag) => tag?.slice(0, 2)).find((tag) => tag === 'en' || tag === 'fr')
  return known ?? 'en'
}

function apply(): void {
  document.documentElement.lang = preferences.lang
  document.documentElement.dataset.theme = preferences.theme
}
