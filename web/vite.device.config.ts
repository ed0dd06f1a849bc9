import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'

const ONNXRUNTIME = '../packages/visavis/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs'
const LICENCE = fileURLToPath(new URL('node_modules/libheif-js/libheif-wasm/LICENSE', import.meta.url))
const NONE = fileURLToPath(new URL('src/device/none.ts', import.meta.url))
const external = ['onnxruntime-node', /^node:/]

/** The page is the index of its own folder; libheif comes with its licence, the LGPL. */
const index: Plugin = {
  name: 'index',
  enforce: 'post',
  generateBundle(_, bundle) {
    bundle['device.html']!.fileName = 'index.html'
    this.emitFile({ type: 'asset', fileName: 'LICENSE-libheif.txt', source: readFileSync(LICENCE) })
  },
}

// Names with hashes: the page works offline, and takes files by name from its cache.
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [svelte(), index],
  resolve: {
    alias: {
      'onnxruntime-web/wasm': fileURLToPath(new URL(ONNXRUNTIME, import.meta.url)),
      ...{ fs: NONE, path: NONE, crypto: NONE }, // libheif has a part for Node
    },
  },
  worker: { format: 'es', rollupOptions: { external } },
  build: {
    outDir: '../src/visavis/server/device',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { device: 'device.html', sw: 'src/device/sw.ts' },
      external,
      checks: { pluginTimings: false },
      output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
    },
  },
})
