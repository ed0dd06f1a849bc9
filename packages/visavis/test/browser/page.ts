// The page of test_worker.py: searches in a worker, and compares with this thread.
import { Collection, loadModel, remote, VisavisError } from '../../src/index.ts'
import { unit } from '../../src/moments.ts'

const there = remote(new Worker('worker.js', { type: 'module' }))
const wasmPaths = { wasm: 'runtime/ort.wasm' }
const messageOf = (work: Promise<unknown>) => work.then(() => '', (error) => `${error instanceof VisavisError} ${error.message}`)

let state = 1
const draw = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1

async function picture(): Promise<OffscreenCanvas> {
  const canvas = new OffscreenCanvas(90, 60)
  const context = canvas.getContext('2d')!
  for (let n = 0; n < 40; n++) {
    context.fillStyle = `hsl(${37 * n} 80% 50%)`
    context.fillRect((n * 29) % 90, (n * 17) % 60, 30, 20)
  }
  return canvas
}

const checks = {
  /** Encode on both threads, and keep, search, compact and read again in the worker. */
  async worker() {
    const [here, far] = [await loadModel('model', { wasmPaths }), await there.loadModel('model', { wasmPaths })]
    const canvas = await picture()
    const both = [await far.encodeTexts(['a dog']), await here.encodeTexts(['a dog']), await far.encodeImages([canvas]), await here.encodeImages([canvas])]
    const photos = await there.openStore('worker', far)
    const image = both[2][0]
    const item = { id: 'a', modality: 'image', source: 'a.png', metadata: { width: 90 } } as const
    await photos.add([{ item, vector: image, thumbnail: Uint8Array.of(1, 2, 3) }, { item: { ...item, id: 'b' }, vector: unit(image.map(draw)) }])
    await photos.compact()
    const hits = await photos.search([{ vector: image, weight: 1, modality: 'image' }], { where: ['width>=90'] })
    const thumbnail = await photos.thumbnail('a')
    const second = await messageOf(there.openStore('worker', far))
    const missing = await messageOf(there.loadModel('nowhere'))
    await photos.delete()
    return { vectors: both.map(([vector]) => [...vector]), hits, thumbnail: [...thumbnail!], second, missing }
  },
  /** Search with SIMD and without. */
  simd() {
    const [quick, plain] = [true, false].map((simd) => new Collection({ id: 'model', dim: 256 }, { simd }))
    for (let n = 0; n < 5000; n++) {
      const vector = unit(Float32Array.from({ length: 256 }, draw))
      for (const each of [quick, plain]) each.add({ id: String(n), modality: 'image', source: String(n), metadata: {} }, vector)
    }
    const queries = Array.from({ length: 20 }, () => unit(Float32Array.from({ length: 256 }, draw)))
    const searched = [quick, plain].map((each) => queries.map((vector, n) => each.search([{ vector, weight: 1, modality: 'text' }, { vector: queries[(n + 1) % 20], weight: -0.5, modality: 'text' }], { k: 100 })))
    return { simd: (quick as any).vectors.simd, same: JSON.stringify(searched[0]) === JSON.stringify(searched[1]), best: searched[0][0][0].score }
  },
}

Object.assign(window, { checks })
