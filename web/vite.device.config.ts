import { fileURLToPath } from 'node:url'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig, type Plugin } from 'vite'
import { licences } from './device-licences.ts'

const ONNXRUNTIME = '../packages/visavis/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs'
const external = ['onnxruntime-node', /^node:/]

/** The page is the index of its own folder. */
const index: Plugin = {
  name: 'index',
  enforce: 'post',
  generateBundle(_, bundle) {
    bundle['device.html']!.fileName = 'index.html'
  },
}

// Names with hashes: the page works offline, and takes files by name from its cache.
export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [svelte(), index, licences],
  resolve: {
    alias: {
      'onnxruntime-web/wasm': fileURLToPath(new URL(ONNXRUNTIME, import.meta.url)),
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
