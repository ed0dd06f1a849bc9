/** Messages of the view of duplicates, which is loaded when it is asked for. */

import type { Language } from '../i18n.ts'
import { english, french } from './numbers.ts'
import { unbrokenMessages } from './spaces.ts'

const en = {
  hint: 'The first image of each group has the most pixels. Choose the one to keep: the others are selected, and you can then remove them.',
  near: 'Include images that are nearly the same',
  comparing: (done: number, total: number) => `Comparing images: ${english(done)} of ${english(total)}`,
  found: (n: number, shown: number) =>
    `${english(n)} ${n === 1 ? 'group' : 'groups'}` + (shown < n ? `, the first ${english(shown)} of them here` : ''),
  group: (n: number) => `Group ${english(n)}`,
  none: 'No duplicates',
  noneHint: 'No image is here in another size or format.',
  keep: 'Keep this one',
  keepBest: 'Keep the first of each group',
  bytes: (n: number) => (n < 1e5 ? `${english(Math.ceil(n / 1e3))} kB` : `${english(n / 1e6, 1)} MB`),
  files: (n: number) => `${english(n)} files`,
  leftOut: (n: number) =>
    `${english(n)} ${n === 1 ? 'file is' : 'files are'} gone, changed or unreadable and not compared. Index again.`,
}

const fr: typeof en = {
  hint: 'La première image de chaque groupe est celle qui a le plus de pixels. Choisissez celle à garder : les autres sont sélectionnées, et vous pouvez ensuite les retirer.',
  near: 'Inclure les images presque identiques',
  comparing: (done, total) => `Comparaison des images : ${french(done)} sur ${french(total)}`,
  found: (n, shown) =>
    `${french(n)} ${n < 2 ? 'groupe' : 'groupes'}` + (shown < n ? `, dont les ${french(shown)} premiers ici` : ''),
  group: (n) => `Groupe ${french(n)}`,
  none: 'Aucun doublon',
  noneHint: 'Aucune image n’existe ici en plusieurs tailles ou formats.',
  keep: 'Garder celle-ci',
  keepBest: 'Garder la première de chaque groupe',
  bytes: (n) => (n < 1e5 ? `${french(Math.ceil(n / 1e3))} ko` : `${french(n / 1e6, 1)} Mo`),
  files: (n) => `${french(n)} fichiers`,
  leftOut: (n) =>
    n < 2
      ? `${french(n)} fichier n’a pas été comparé : il a disparu, a changé ou est illisible. Relancez l’indexation.`
      : `${french(n)} fichiers n’ont pas été comparés : ils ont disparu, ont changé ou sont illisibles. Relancez l’indexation.`,
}

export const duplicateMessages: Record<Language, typeof en> = { en, fr: unbrokenMessages(fr) }
