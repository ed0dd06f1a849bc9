/** The worker: the model, the collection, and all that takes time. */

import { CollectionError, type Item, type WeightedVector } from '../../../packages/visavis/src/index.ts'
import { openLog } from '../../../packages/visavis/src/logs.ts'
import { Store } from '../../../packages/visavis/src/store.ts'
import { Indexing, type Waiting } from './indexing.ts'
import type { Box, Photograph, Reply, Request, Status, Subject, Term, Timeline } from './messages.ts'
import { openModel, type PageModel } from './model.ts'
import { openImage } from './opening.ts'
import { dateOf, newestFirst, timelineOf } from './ordering.ts'
import { Previews } from './previews.ts'

const NAME = 'photos'
const BASE = new URL('..', self.location.href).href // the worker lies in assets/

const status: Status = {
  ready: false,
  complete: false,
  modelBytes: 0,
  images: 0,
  bytes: 0,
  done: 0,
  total: 0,
  running: false,
  paused: false,
  skipped: [],
  others: 0,
  problem: '',
  unusable: false,
}
let page: PageModel
let store: Store | undefined
let indexing: Indexing
let previews: Previews | undefined
let ordered: Item[] = []

const send = (reply: Reply) => postMessage(reply)
const report = () => send({ status })

const commands: { [C in Request['command']]: (request: Extract<Request, { command: C }>) => unknown } = {
  async start() {
    page = await openModel(BASE)
    status.modelBytes = page.bytes
    report()
    await begin()
    void page.complete().then(() => {
      status.complete = true
      report()
    }, report)
  },
  add({ files }) {
    indexing.add(files.map((file) => ({ source: file.webkitRelativePath || file.name, open: async () => file })))
  },
  async addFolder({ folder }) {
    let found: Waiting[] = []
    for await (const file of walk(folder, folder.name)) {
      found.push(file)
      if (found.length < 100) continue
      indexing.add(found)
      found = []
    }
    indexing.add(found)
  },
  pause: () => indexing.pause(),
  resume: () => indexing.resume(),
  async search({ terms, k }): Promise<Photograph[]> {
    const vectors = await Promise.all(terms.map(weighted))
    return shown(opened().collection.search(vectors, { k }))
  },
  timeline(): Timeline {
    ordered = newestFirst(opened().collection)
    return timelineOf(ordered)
  },
  photographs: ({ from, to }) => shown(ordered.slice(from, to)),
  preview: ({ id }) => previews!.jpeg(id),
  async delete() {
    await indexing?.stop()
    previews?.clear()
    if (store) await store.delete()
    else await (await openLog(NAME)).remove()
    Object.assign(status, { done: 0, total: 0, skipped: [], others: 0, unusable: false, problem: '' })
    await begin()
  },
}

/** Open the collection; if it is another model's, or damaged, the page offers to delete it. */
async function begin(): Promise<void> {
  store = undefined
  try {
    store = await Store.open(NAME, page.model)
  } catch (error) {
    if (!(error instanceof CollectionError)) throw error
    Object.assign(status, { unusable: true, problem: error.message })
    return report()
  }
  indexing = new Indexing(page.model, store, status, report)
  previews = new Previews(store)
  Object.assign(status, { images: store.collection.size, bytes: store.bytes })
  await page.model.encodeTexts(['a'])
  status.ready = true
  report()
}

function opened(): Store {
  if (!store) throw new Error('no collection is open')
  return store
}

function shown(items: Item[]): Promise<Photograph[]> {
  return Promise.all(items.map(async (item) => ({ id: item.id, source: item.source, date: dateOf(item), url: await previews!.url(item.id) })))
}

async function weighted({ subject, weight }: Term): Promise<WeightedVector> {
  return { vector: await vectorOf(subject), weight, modality: subject.kind === 'text' ? 'text' : 'image' }
}

async function vectorOf(subject: Subject): Promise<Float32Array> {
  if (subject.kind === 'text') return (await page.model.encodeTexts([subject.text]))[0]
  if (subject.kind !== 'item') return ofImage(subject.image, subject.kind === 'region' ? subject.box : undefined)
  const vector = opened().collection.vector(subject.id)
  if (!vector) throw new Error('this image is no longer in the collection')
  return vector
}

async function ofImage(image: Blob, box?: Box): Promise<Float32Array> {
  const bitmap = await openImage(image)
  try {
    const [x, y, width, height] = box ?? [0, 0, bitmap.width, bitmap.height]
    return (await page.model.encodeImages([bitmap], [{ x, y, width, height }]))[0]
  } finally {
    bitmap.close()
  }
}

/** All files below a folder, hidden ones aside. */
async function* walk(folder: FileSystemDirectoryHandle, path: string): AsyncGenerator<Waiting> {
  for await (const entry of folder.values()) {
    if (entry.name.startsWith('.')) continue
    const source = `${path}/${entry.name}`
    if (entry.kind === 'directory') yield* walk(entry as FileSystemDirectoryHandle, source)
    else yield { source, open: () => (entry as FileSystemFileHandle).getFile() }
  }
}

onmessage = async ({ data: { id, request } }: MessageEvent<{ id: number; request: Request }>) => {
  try {
    send({ id, result: await commands[request.command](request as never) })
  } catch (error) {
    send({ id, error: (error as Error).message })
  }
}
