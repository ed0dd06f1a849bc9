/** What fields of the metadata are called; others keep the name they have in the collection. */

import type { Language } from '../i18n.ts'

const NAMES: Record<string, Record<Language, string>> = {
  lang: { en: 'Language', fr: 'Langue' },
  taken: { en: 'Taken', fr: 'Prise le' },
  modified: { en: 'Modified', fr: 'Modifiée le' },
  place: { en: 'Place', fr: 'Lieu' },
  country: { en: 'Country', fr: 'Pays' },
  camera: { en: 'Camera', fr: 'Appareil' },
  lens: { en: 'Lens', fr: 'Objectif' },
  latitude: { en: 'Latitude', fr: 'Latitude' },
  longitude: { en: 'Longitude', fr: 'Longitude' },
  orientation: { en: 'Orientation', fr: 'Orientation' },
  rating: { en: 'Rating', fr: 'Note' },
  description: { en: 'Description', fr: 'Description' },
  keywords: { en: 'Keywords', fr: 'Mots-clés' },
  title: { en: 'Title', fr: 'Titre' },
  caption: { en: 'Caption', fr: 'Légende' },
  name: { en: 'Name', fr: 'Nom' },
  source: { en: 'File', fr: 'Fichier' },
  split: { en: 'Split', fr: 'Partie' },
  width: { en: 'Width', fr: 'Largeur' },
  height: { en: 'Height', fr: 'Hauteur' },
  bytes: { en: 'Bytes', fr: 'Octets' },
  seconds: { en: 'Moment (s)', fr: 'Moment (s)' },
  duration: { en: 'Duration (s)', fr: 'Durée (s)' },
  album: { en: 'Album', fr: 'Album' },
  favourite: { en: 'Favourite', fr: 'Favori' },
}

const CONDITION = /^([^=!<>~]*[^=!<>~\s])\s*(!=|<=|>=|=|<|>|~)\s*(.*)$/s
const SIGNS: Record<string, string> = { '=': ':', '!=': ' ≠', '<=': ' ≤', '>=': ' ≥', '<': ' <', '>': ' >', '~': ' ~' }

export function fieldName(key: string, lang: Language): string {
  return NAMES[key]?.[lang] ?? key
}

/** A condition as people read it: `width>=800` is "Width ≥ 800". */
export function readableCondition(condition: string, lang: Language): string {
  const [, key, operator, value] = CONDITION.exec(condition) ?? []
  if (!key || !operator) return condition
  const colon = operator === '=' && lang === 'fr' ? '\u00a0:' : SIGNS[operator]
  return `${fieldName(key, lang)}${colon} ${value!.replace(/^"(.*)"$/s, '$1')}`
}
