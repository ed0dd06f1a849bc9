/** What the device page holds of others: libheif in files of its own, and the licences of all. */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const text = (name: string) => readFileSync(path(name), 'utf8')
const PACKAGE = '../packages/visavis/node_modules'
const LIBHEIF = 'node_modules/libheif-js/libheif-wasm'

/** Folders of the packages that are built into the page, with the files of their licences. */
const BUILT_IN: [folder: string, licence: string][] = [
  ['node_modules/svelte', 'node_modules/svelte/LICENSE.md'],
  ['node_modules/exifr', 'node_modules/exifr/LICENSE'],
  [`${PACKAGE}/@huggingface/tokenizers`, `${PACKAGE}/@huggingface/tokenizers/LICENSE`],
  [`${PACKAGE}/onnxruntime-web`, 'src/device/onnxruntime-license.txt'],
]

const README = (version: string) => `libheif.js is libheif with libde265, as compiled by libheif-js ${version}, unchanged:
https://github.com/strukturag/libheif, https://github.com/strukturag/libde265,
https://github.com/catdad-experiments/libheif-js/tree/v${version}

It is free software under the GNU Lesser General Public License, version 3 (LICENSE.txt), and the only part
of this page under that licence. The page loads it when it meets the first HEIC file. You may replace
libheif.js by another build: a module whose default export is a function that returns libheif's HeifDecoder.
Without the file, the page opens HEIC only where the browser does.
`

/** LGPL: a file that anyone may replace, beside its licence and the way to its sources. */
export const licences: Plugin = {
  name: 'licences',
  generateBundle() {
    const emit = (fileName: string, source: string) => this.emitFile({ type: 'asset', fileName, source })
    emit('libheif/libheif.js', text(`${LIBHEIF}/libheif-bundle.mjs`))
    emit('libheif/LICENSE.txt', text(`${LIBHEIF}/LICENSE`))
    emit('libheif/README.txt', README(JSON.parse(text('node_modules/libheif-js/package.json')).version))
    emit('LICENSES.txt', BUILT_IN.map(([folder, licence]) => `${named(folder)}\n\n${text(licence).trim()}\n`).join(`\n${'-'.repeat(72)}\n\n`))
  },
}

function named(folder: string): string {
  const { name, version, license } = JSON.parse(text(`${folder}/package.json`))
  return `${name} ${version} (${license})`
}
