/** Words of the device page. TypeScript checks that `fr` has exactly the keys of `en`. */

import type { Language } from '../i18n.ts'

const count = (n: number, lang: Language) => n.toLocaleString(lang)
const megabytes = (bytes: number, lang: Language) =>
  (bytes / 1e6).toLocaleString(lang, { maximumFractionDigits: bytes < 1e7 ? 1 : 0 })

const en = {
  title: 'Search your photographs, on this device',
  promise: 'Your photographs stay here. Nothing is uploaded: the search itself runs in your browser, and works offline.',
  choose: 'Choose photographs',
  folder: 'Choose a folder',
  loading: (bytes: number) => `Loading the model${bytes ? ` (${megabytes(bytes, 'en')} MB, once)` : ''}…`,
  insecure: 'This page needs https, or localhost: only there do browsers keep files for a page.',
  field: 'A dog on a beach, un vélo rouge…',
  search: 'Search',
  plus: 'And…',
  minus: 'Not…',
  image: 'Search with an image',
  yourImage: 'your image',
  hit: 'image',
  terms: 'Search terms',
  include: (name: string) => `Include ${name}`,
  exclude: (name: string) => `Exclude ${name}`,
  remove: (name: string) => `Remove ${name}`,
  like: 'More like this',
  unlike: 'Less like this',
  more: 'Show more',
  searching: 'Searching…',
  results: (n: number) => `${count(n, 'en')} ${n === 1 ? 'image' : 'images'}, best first`,
  progress: (done: number, total: number) => `${count(done, 'en')} of ${count(total, 'en')} photographs looked at. You can already search.`,
  pause: 'Pause',
  resume: 'Continue',
  skipped: (n: number) => `${count(n, 'en')} ${n === 1 ? 'file' : 'files'} could not be added`,
  others: (n: number) => `${count(n, 'en')} other ${n === 1 ? 'file is' : 'files are'} not images, and left out`,
  kept: (n: number, bytes: number) => `${count(n, 'en')} ${n === 1 ? 'photograph' : 'photographs'} on this device, ${megabytes(bytes, 'en')} MB`,
  what: 'This browser keeps small previews and vectors of your photographs, not the photographs themselves. They go when you delete them here, or clear the data of this site.',
  persisted: 'The browser has promised to keep them.',
  fleeting: 'The browser may clear them when the disk runs low.',
  offline: 'Works offline',
  delete: 'Delete everything',
  sure: 'Delete the previews and vectors of all photographs from this browser? The photographs themselves stay where they are.',
  cancel: 'Cancel',
  language: 'Langue : français',
}

export type Words = typeof en

const fr: Words = {
  title: 'Cherchez dans vos photos, sur cet appareil',
  promise: 'Vos photos restent ici. Rien n’est envoyé : la recherche se fait dans votre navigateur, même hors connexion.',
  choose: 'Choisir des photos',
  folder: 'Choisir un dossier',
  loading: (bytes) => `Chargement du modèle${bytes ? ` (${megabytes(bytes, 'fr')} Mo, une seule fois)` : ''}…`,
  insecure: 'Cette page a besoin de https, ou de localhost : sans cela, le navigateur ne garde pas de fichiers.',
  field: 'Un chien sur une plage, a red bicycle…',
  search: 'Rechercher',
  plus: 'Et…',
  minus: 'Sans…',
  image: 'Chercher avec une image',
  yourImage: 'votre image',
  hit: 'image',
  terms: 'Termes de la recherche',
  include: (name) => `Inclure ${name}`,
  exclude: (name) => `Exclure ${name}`,
  remove: (name) => `Retirer ${name}`,
  like: 'Images similaires',
  unlike: 'Éviter ce genre d’image',
  more: 'Afficher plus',
  searching: 'Recherche en cours…',
  results: (n) => `${count(n, 'fr')} ${n < 2 ? 'image' : 'images'}, les meilleures d’abord`,
  progress: (done, total) => `${count(done, 'fr')} photos examinées sur ${count(total, 'fr')}. Vous pouvez déjà chercher.`,
  pause: 'Pause',
  resume: 'Continuer',
  skipped: (n) => `${count(n, 'fr')} ${n < 2 ? 'fichier n’a pas pu être ajouté' : 'fichiers n’ont pas pu être ajoutés'}`,
  others: (n) => `${count(n, 'fr')} ${n < 2 ? 'autre fichier n’est pas une image et a été laissé' : 'autres fichiers ne sont pas des images et ont été laissés'} de côté`,
  kept: (n, bytes) => `${count(n, 'fr')} ${n < 2 ? 'photo' : 'photos'} sur cet appareil, ${megabytes(bytes, 'fr')} Mo`,
  what: 'Le navigateur garde de petits aperçus et les vecteurs de vos photos, pas les photos elles-mêmes. Ils disparaissent quand vous les supprimez ici ou que vous effacez les données de ce site.',
  persisted: 'Le navigateur s’est engagé à les conserver.',
  fleeting: 'Le navigateur peut les effacer si le disque se remplit.',
  offline: 'Fonctionne hors connexion',
  delete: 'Tout supprimer',
  sure: 'Supprimer de ce navigateur les aperçus et les vecteurs de toutes les photos ? Les photos elles-mêmes restent où elles sont.',
  cancel: 'Annuler',
  language: 'Language: English',
}

export const words: Record<Language, Words> = { en, fr }
