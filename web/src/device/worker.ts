/** The worker: the model, the collection, and all that takes time. */

import type { WeightedVector } from '../../../packages/visavis/src/index.ts'
import { Store } from '../../../packages/visavis/src/store.ts'
import { Indexing, type Waiting } from './indexing.ts'
import type { Found, Reply, Request, Status, Subject, Term } from './messages.ts'
import { openModel, type PageModel } from './model.ts'

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
}
let page: PageModel
let store: Store
let indexing: Indexing

const send = (reply: Reply) => postMessage(reply)
const report = () => send({ status })

const commands: { [C in Request['command']]: (request: Extract<Request, { command: C }>) => unknown } = {
  async start() {
    page = await openModel(BASE)
    status.modelBytes = page.bytes
    report()
    await open()
    await page.model.encodeTexts(['a'])
    status.ready = true
    report()
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
  async search({ terms, k }): Promise<Found[]> {
    const vectors = await Promise.all(terms.map(weighted))
    const hits = store.collection.search(vectors, { k })
    return Promise.all(
      hits.map(async ({ id, source, score }) => {
        const jpeg = await store.thumbnail(id)
        return { id, source, score, jpeg: jpeg ? new Blob([jpeg.slice()], { type: 'image/jpeg' }) : null }
      }),
    )
  },
  async delete() {
    await indexing.stop()
    await store.delete()
    Object.assign(status, { done: 0, total: 0, skipped: [], others: 0 })
    await open()
    report()
  },
}

async function open(): Promise<void> {
  store = await Store.open(NAME, page.model)
  indexing = new Indexing(page.model, store, status, report)
  Object.assign(status, { images: store.collection.size, bytes: store.bytes })
}

async function weighted({ subject, weight }: Term): Promise<WeightedVector> {
  return { vector: await vectorOf(subject), weight, modality: subject.kind === 'text' ? 'text' : 'image' }
}

async function vectorOf(subject: Subject): Promise<Float32Array> {
  if (subject.kind === 'text') return (await page.model.encodeTexts([subject.text]))[0]
  if (subject.kind === 'image') return (await page.model.encodeImages([subject.image]))[0]
  const vector = store.collection.vector(subject.id)
  if (!vector) throw new Error('this image is no longer in the collection')
  return vector
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
