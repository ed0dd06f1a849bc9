// The page of benchmarks/on_device.py: it measures on the main thread, which is the one that Chromium throttles.
import { Collection, loadModel, type Model } from '../../src/index.ts'
import { unit } from '../../src/moments.ts'

let model: Model
let collection: Collection

/** Random numbers, the same each time. */
function drawn(): () => number {
  let state = 1
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 31 - 1
}

async function search(text: string): Promise<number> {
  const start = performance.now()
  const [vector] = await model.encodeTexts([text])
  collection.search([{ vector, weight: 1, modality: 'text' }])
  return performance.now() - start
}

const bench = {
  /** Milliseconds from nothing to the hits of a first query, of a small collection. */
  async first(): Promise<number> {
    const start = performance.now()
    model = await loadModel('model')
    bench.fill(1000)
    await search('a dog on a beach')
    return performance.now() - start
  },
  fill(count: number): void {
    const next = drawn()
    collection = new Collection(model)
    collection.holdMoments()
    for (let n = 0; n < count; n++) {
      const vector = unit(Float32Array.from({ length: model.dim }, next))
      collection.add({ id: String(n), modality: 'image', source: `${n}.jpg`, metadata: {} }, vector)
    }
  },
  async queries(texts: string[]): Promise<number[]> {
    const times: number[] = []
    for (const text of texts) times.push(await search(text))
    return times
  },
  /** Milliseconds of each image file, from its bytes to its vector, by the model of each folder in turn. */
  async images(files: string[], folders: string[]): Promise<number[][]> {
    const blobs = await Promise.all(files.map(async (file) => (await fetch(file)).blob()))
    const models = await Promise.all(folders.map((folder) => loadModel(folder)))
    for (const each of models) await each.encodeImages([blobs[0]])
    const times: number[][] = folders.map(() => [])
    for (const blob of blobs) {
      for (const [n, each] of models.entries()) {
        const start = performance.now()
        await each.encodeImages([blob])
        times[n].push(performance.now() - start)
      }
    }
    for (const each of models) await each.release()
    return times
  },
  /** Milliseconds of each search with a vector that is known. */
  scans(times: number): number[] {
    const vector = collection.vector('7')!
    return Array.from({ length: times }, () => {
      const start = performance.now()
      collection.search([{ vector, weight: 1, modality: 'image' }])
      return performance.now() - start
    })
  },
}

Object.assign(window, { bench })
