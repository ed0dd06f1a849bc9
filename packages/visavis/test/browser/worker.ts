// The worker of test_store.py: opens a store, and does what it is told.
import { unit } from '../../src/moments.ts'
import { type Place, Store } from '../../src/store.ts'

const MODEL = { id: 'model@1', dim: 64 }
const THUMBNAIL = new Uint8Array(20_000).fill(7)

function entries(n: number) {
  return [0, 1, 2].map((part) => ({
    item: { id: `${n}.${part}`, modality: 'image', source: `${n}.jpg`, metadata: { n } } as const,
    vector: unit(Float32Array.from({ length: MODEL.dim }, (_, at) => Math.sin(n * 7 + part * 3 + at * (1 + part)))),
    thumbnail: THUMBNAIL,
  }))
}

const commands = {
  async look(store: Store) {
    const items = [...store.collection]
    const whole = await Promise.all(items.map(async ({ id }) => (await store.thumbnail(id))?.every((byte) => byte === 7)))
    const found = items.filter(({ id }) => store.collection.search([{ vector: store.collection.vector(id)!, weight: 1, modality: 'image' }], { k: 1 })[0].score > 0.999)
    return { ids: items.map(({ id }) => id), thumbnails: whole.filter(Boolean).length, found: found.length, bytes: store.bytes }
  },
  async add(store: Store) {
    for (let n = store.collection.size / 3; ; n++) {
      await store.add(entries(n))
      postMessage({ added: 3 * (n + 1) })
    }
  },
  async compact(store: Store) {
    for (let n = 0; n < 10; n++) await store.add(entries(n))
    for (let n = 10; ; n++) {
      await store.add(entries(n))
      await store.remove(entries(n).map(({ item }) => item.id))
      await store.compact()
      postMessage({ added: 30 + n })
    }
  },
  async delete(store: Store) {
    await store.delete()
  },
}

onmessage = async ({ data: { command, place, model } }: MessageEvent<{ command: keyof typeof commands; place?: Place; model?: string }>) => {
  try {
    const store = await Store.open('photos', { ...MODEL, id: model ?? MODEL.id }, { place })
    const result = await commands[command](store)
    if (command === 'look') await store.close()
    postMessage({ result })
  } catch (error) {
    postMessage({ error: `${(error as Error).name}: ${(error as Error).message}` })
  }
}
