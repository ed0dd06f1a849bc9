// The page of benchmarks/on_device_photos.py: indexes photographs in a worker, and searches them.
import { type Encoder, remote } from '../../src/index.ts'
import type { Entry, KeptCollection } from '../../src/store.ts'

const AT_ONCE = 8
const there = remote(new Worker('worker.js', { type: 'module' }))
let model: Encoder
let kept: KeptCollection

const photos = {
  kept: 0,
  /** Open the collection; return how many photographs it has, or why it cannot be opened. */
  async open(): Promise<number | string> {
    model ??= await there.loadModel('model')
    try {
      kept = await there.openStore('photos', model)
      return (await kept.status()).size
    } catch (error) {
      return (error as Error).message
    }
  },
  /** Add the photographs that are not there yet, eight at a time; return the milliseconds of each. */
  async index(names: string[]): Promise<number[]> {
    const times: number[] = []
    let entries: Entry[] = []
    for (const name of names) {
      const start = performance.now()
      if (!(await kept.get(name))) {
        const blob = await (await fetch(`photos/${name}`)).blob()
        const [vector] = await model.encodeImages([blob])
        entries.push({ item: { id: name, modality: 'image', source: name, metadata: {} }, vector })
        if (entries.length === AT_ONCE) entries = await add(entries)
        times.push(performance.now() - start)
      }
    }
    await add(entries)
    return times
  },
  /** Return the ten best of each text, with the milliseconds that each took. */
  async search(texts: string[]): Promise<{ ids: string[]; ms: number }[]> {
    const found: { ids: string[]; ms: number }[] = []
    for (const text of texts) {
      const start = performance.now()
      const [vector] = await model.encodeTexts([text])
      const hits = await kept.search([{ vector, weight: 1, modality: 'text' }])
      found.push({ ids: hits.map(({ id }) => id), ms: performance.now() - start })
    }
    return found
  },
}

async function add(entries: Entry[]): Promise<Entry[]> {
  await kept.add(entries)
  photos.kept += entries.length
  return []
}

Object.assign(window, { photos })
