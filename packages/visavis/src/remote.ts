import { type Call, errorOf, type Opened, type Port, type RemoteModelOptions, type Reply } from './calls.ts'
import type { VectorSpace } from './collection.ts'
import { type ImportSource, piecesOf } from './importing.ts'
import type { Place } from './logs.ts'
import type { Encoder, ImageInput, WasmPaths } from './model.ts'
import type { ModelInfo } from './modelInfo.ts'
import type { KeptCollection } from './store.ts'

/** A worker that runs `visavis/worker`: models and collections there, with the interfaces that they have here. */
export interface Remote {
  /** As `loadModel`; addresses are relative to the page. */
  loadModel(source: string | URL, options?: RemoteModelOptions): Promise<Encoder>
  /** As `Store.open`. */
  openStore(name: string, model: VectorSpace, options?: { place?: Place }): Promise<KeptCollection>
}

/**
 * Encode and search in a worker, off the main thread.
 *
 * The worker's script imports `visavis/worker`. Errors come back as they are thrown there. Images that only the main
 * thread has, such as a canvas, are sent as bitmaps.
 */
export function remote(worker: Port): Remote {
  const caller = new Caller(worker)
  return {
    async loadModel(source, options = {}) {
      const call: Call = { open: 'model', source: absolute(String(source)), options: { ...options, wasmPaths: absolutePaths(options.wasmPaths) } }
      const { object, info } = (await caller.ask(call)) as Opened
      return new RemoteModel(caller, object, info!)
    },
    async openStore(name, { id, dim, info }, options = {}) {
      const { object } = (await caller.ask({ open: 'store', name, model: { id, dim, info: { textMean: info?.textMean } }, options })) as Opened
      return remoteStore(caller, object)
    },
  }
}

/** Numbers calls, and hands each answer to its caller. */
class Caller {
  private readonly port: Port
  private readonly waiting = new Map<number, { resolve: (result: any) => void; reject: (error: Error) => void; progress?: (items: number) => void }>()
  private last = 0

  constructor(port: Port) {
    this.port = port
    port.addEventListener('message', ({ data }: { data: Reply }) => this.answer(data))
    port.addEventListener('error', ({ message }: { message?: string }) => this.fail(new Error(`the worker failed: ${message || 'its script cannot be loaded'}`)))
    port.start?.()
  }

  ask(call: Call, progress?: (items: number) => void): Promise<any> {
    return new Promise((resolve, reject) => {
      const id = ++this.last
      this.port.postMessage({ id, call })
      this.waiting.set(id, { resolve, reject, progress })
    })
  }

  private answer(reply: Reply): void {
    const caller = this.waiting.get(reply.id)
    if (!caller) return
    if ('progress' in reply) return caller.progress?.(reply.progress)
    this.waiting.delete(reply.id)
    if ('error' in reply) caller.reject(errorOf(reply.error))
    else caller.resolve(reply.result)
  }

  private fail(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error)
    this.waiting.clear()
  }
}

class RemoteModel implements Encoder {
  readonly info: ModelInfo
  private readonly call: (method: string, ...args: unknown[]) => Promise<any>

  constructor(caller: Caller, object: number, info: ModelInfo) {
    this.info = info
    this.call = (method, ...args) => caller.ask({ object, method, args })
  }

  get id(): string {
    return this.info.id
  }

  get dim(): number {
    return this.info.dim
  }

  encodeTexts(texts: string[]): Promise<Float32Array[]> {
    return this.call('encodeTexts', texts)
  }

  async encodeImages(images: ImageInput[], boxes: Parameters<Encoder['encodeImages']>[1] = []): Promise<Float32Array[]> {
    return this.call('encodeImages', await Promise.all(images.map(sendable)), boxes)
  }

  release(): Promise<void> {
    return this.call('release')
  }
}

function remoteStore(caller: Caller, object: number): KeptCollection {
  const call = (method: keyof KeptCollection, ...args: unknown[]) => caller.ask({ object, method, args })
  return {
    add: (entries) => call('add', entries),
    remove: (ids) => call('remove', ids),
    import: async (source, progress) => caller.ask({ object, method: 'import', args: [await blobOf(source)] }, progress),
    search: (terms, options) => call('search', terms, options),
    get: (id) => call('get', id),
    vector: (id) => call('vector', id),
    thumbnail: (id) => call('thumbnail', id),
    status: () => call('status'),
    compact: () => call('compact'),
    close: () => call('close'),
    delete: () => call('delete'),
  }
}

/** Streams cannot be sent everywhere; a blob may lie on the disk. */
async function blobOf(source: ImportSource): Promise<Blob> {
  if (source instanceof Blob) return source
  const pieces: BlobPart[] = []
  for await (const piece of piecesOf(source)) pieces.push(piece as Uint8Array<ArrayBuffer>)
  return new Blob(pieces)
}

/** Elements of the page and canvases stay on their thread: their pixels are sent. */
async function sendable(image: ImageInput): Promise<ImageInput> {
  const isElement = typeof Element !== 'undefined' && image instanceof Element
  const isCanvas = typeof OffscreenCanvas !== 'undefined' && image instanceof OffscreenCanvas
  return isElement || isCanvas ? createImageBitmap(image as ImageBitmapSource) : image
}

/** In a worker, addresses would be relative to its script. */
function absolute(address: string): string {
  return typeof document === 'undefined' ? address : new URL(address, document.baseURI).href
}

function absolutePaths(paths?: WasmPaths): WasmPaths | undefined {
  if (typeof paths !== 'object') return paths && absolute(paths)
  return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, path && absolute(path)]))
}
