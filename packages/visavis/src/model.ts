import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common'
import { ModelError } from './errors.ts'
import { type ModelInfo, type Network, parseModelInfo } from './modelInfo.ts'
import { unit } from './moments.ts'
import { batch, onWhite, prepare } from './preprocess.ts'
import { crop, type Pixels } from './resize.ts'
import { TextTokenizer } from './tokens.ts'
import { weightFiles } from './weightFiles.ts'

/** The part of an ONNX Runtime package that a model needs: onnxruntime-web, -node or -react-native. */
export interface Runtime {
  InferenceSession: { create(data: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession> }
  Tensor: TensorConstructor
  env?: { wasm?: { wasmPaths?: WasmPaths } }
}

/** A rectangle in pixels of the upright image. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

/** RGB or RGBA bytes, or in a browser anything `createImageBitmap` takes. */
export type ImageInput = Pixels | { rgba: Uint8Array | Uint8ClampedArray; width: number; height: number } | ImageBitmapSource

/** Where the WebAssembly of ONNX Runtime lies: the file itself, or a folder that has its `.mjs` as well. */
export type WasmPaths = string | { wasm?: string; mjs?: string }

/** What encodes images and texts: a `Model` in this thread, or one in a worker. */
export interface Encoder {
  readonly info: ModelInfo
  /** Name and content hash: two models with one id give one space. */
  readonly id: string
  /** Length of the vectors. */
  readonly dim: number
  encodeTexts(texts: string[]): Promise<Float32Array[]>
  encodeImages(images: ImageInput[], boxes?: (Box | undefined)[]): Promise<Float32Array[]>
  release(): Promise<void>
}

export interface ModelOptions {
  /** The ONNX Runtime to use; by default `onnxruntime-node` in Node and `onnxruntime-web/wasm` elsewhere. */
  runtime?: Runtime
  /** How the networks run: for both, or told for each, such as WebGPU for images alone. */
  session?: InferenceSession.SessionOptions | ((network: 'image' | 'text') => InferenceSession.SessionOptions)
  /** Where `onnxruntime-web` finds its WebAssembly; by default beside the script that imports it. */
  wasmPaths?: WasmPaths
  /** Called for each file of the model folder; by default `fetch`, in Node also from disk. */
  read?: (file: string) => Promise<Uint8Array>
}

const IMAGE_BATCH = 8
const TEXT_BATCH = 64

/** Open the model folder at a URL or, in Node, at a path. Networks are loaded when first needed. */
export async function loadModel(source: string | URL, options: ModelOptions = {}): Promise<Model> {
  const read = options.read ?? ((file: string) => readFile(source, file))
  const info = parseModelInfo(parse('model.json', await read('model.json')))
  return new Model(info, read, options)
}

/** Images and texts in, unit vectors of one space out. */
export class Model implements Encoder {
  readonly info: ModelInfo
  private readonly read: (file: string) => Promise<Uint8Array>
  private readonly options: ModelOptions
  private readonly loaded = new Map<string, Promise<any>>()

  constructor(info: ModelInfo, read: (file: string) => Promise<Uint8Array>, options: ModelOptions = {}) {
    this.info = info
    this.read = read
    this.options = options
  }

  /** Name and content hash: two models with one id give one space. */
  get id(): string {
    return this.info.id
  }

  /** Length of the vectors. */
  get dim(): number {
    return this.info.dim
  }

  /** Encode texts of any length: one unit vector each. */
  async encodeTexts(texts: string[]): Promise<Float32Array[]> {
    const tokenizer = await this.once('tokenizer', async () => {
      return new TextTokenizer(parse(this.info.tokenizer, await this.read(this.info.tokenizer)))
    })
    const { Tensor } = await this.runtime()
    return this.run(this.info.text, texts, TEXT_BATCH, (session, part) => {
      const { ids, mask, dims } = tokenizer.encode(part)
      const known: Record<string, BigInt64Array> = { input_ids: ids, attention_mask: mask, token_type_ids: new BigInt64Array(ids.length) }
      const alone = session.inputNames.length === 1
      return Object.fromEntries(
        session.inputNames.map((name) => {
          const values = alone ? ids : known[name]
          if (!values) throw new ModelError(`the text network asks for ${name}; known inputs: ${Object.keys(known).join(', ')}`)
          return [name, takesInt32(session, name) ? new Tensor('int32', Int32Array.from(values, Number), dims) : new Tensor('int64', values, dims)]
        }),
      )
    })
  }

  /** Encode images, or a box of each: one unit vector each. */
  async encodeImages(images: ImageInput[], boxes: (Box | undefined)[] = []): Promise<Float32Array[]> {
    const { Tensor } = await this.runtime()
    const how = this.info.preprocessing
    const pixels: Pixels[] = []
    for (const [n, image] of images.entries()) pixels.push(prepare(cut(await decode(image), boxes[n]), how)) // one at a time: they may be large
    return this.run(this.info.image, pixels, IMAGE_BATCH, (session, part) => {
      const { data, dims } = batch(part, how)
      const tensor = data instanceof Uint8Array ? new Tensor('uint8', data, dims) : new Tensor('float32', data, dims)
      return { [session.inputNames[0]]: tensor }
    })
  }

  /** Free the networks. */
  async release(): Promise<void> {
    for (const part of this.loaded.values()) await (await part).release?.()
    this.loaded.clear()
  }

  private async run<T>(
    network: Network,
    inputs: T[],
    usual: number,
    feeds: (session: InferenceSession, part: T[]) => Record<string, Tensor>,
  ): Promise<Float32Array[]> {
    if (!inputs.length) return []
    const session = await this.session(network.file)
    const output = network.output ?? session.outputNames[0]
    const size = network.batch ?? usual
    const vectors: Float32Array[] = []
    for (let start = 0; start < inputs.length; start += size) {
      const found = (await session.run(feeds(session, inputs.slice(start, start + size)), [output]))[output]
      const data = found.data as Float32Array
      if (data.length % this.dim) throw new ModelError(`${network.file} gives ${found.dims.at(-1)} numbers, model.json says ${this.dim}`)
      for (let at = 0; at < data.length; at += this.dim) vectors.push(unit(data.slice(at, at + this.dim)))
    }
    return vectors
  }

  private session(file: string): Promise<InferenceSession> {
    return this.once(file, async () => {
      const { InferenceSession } = await this.runtime()
      const { session } = this.options
      const chosen = typeof session === 'function' ? session(file === this.info.image.file ? 'image' : 'text') : session
      try {
        const network = await this.read(file)
        const externalData = await this.weights(file, weightFiles(network))
        return await InferenceSession.create(network, { logSeverityLevel: 3, ...(externalData.length && { externalData }), ...chosen })
      } catch (error) {
        throw new ModelError(`${file}: cannot be loaded (${String(error).split('\n')[0]})`)
      }
    })
  }

  /** Read the files of weights beside a network. */
  private weights(file: string, names: string[]): Promise<{ path: string; data: Uint8Array }[]> {
    const folder = file.slice(0, file.lastIndexOf('/') + 1)
    return Promise.all(names.map(async (path) => ({ path, data: await this.read(folder + path) })))
  }

  private runtime(): Promise<Runtime> {
    return this.once('runtime', async () => {
      const { runtime = await defaultRuntime(), wasmPaths } = this.options
      if (wasmPaths && runtime.env?.wasm) runtime.env.wasm.wasmPaths = wasmPaths
      return runtime
    })
  }

  /** Return what is loaded under a name, loaded once however many callers ask; a failure is tried again. */
  private once<T>(name: string, load: () => Promise<T>): Promise<T> {
    let part = this.loaded.get(name)
    if (!part) {
      part = load()
      this.loaded.set(name, part)
      part.catch(() => this.loaded.delete(name))
    }
    return part
  }
}

/** Tell whether an input takes int32; runtimes that do not say take int64. */
function takesInt32(session: InferenceSession, name: string): boolean {
  return session.inputMetadata?.some((input) => input.name === name && input.isTensor && input.type === 'int32') ?? false
}

async function defaultRuntime(): Promise<Runtime> {
  const name = isNode() ? 'onnxruntime-node' : 'onnxruntime-web/wasm'
  const found = isNode() ? await import('onnxruntime-node') : await import('onnxruntime-web/wasm')
  const runtime = 'InferenceSession' in found ? found : (found as any).default
  if (!runtime) throw new ModelError(`${name} is not installed: npm install ${name.split('/')[0]}`)
  return runtime as Runtime
}

function isNode(): boolean {
  return typeof process !== 'undefined' && !!process.versions?.node
}

async function readFile(source: string | URL, file: string): Promise<Uint8Array> {
  const place = String(source)
  if (isNode() && !/^https?:/.test(place)) {
    const { readFile: read } = await import('node:fs/promises')
    try {
      return await read(/^file:/.test(place) ? new URL(file, place.replace(/\/?$/, '/')) : `${place}/${file}`)
    } catch {
      throw new ModelError(`${place} is not a model folder: no ${file} in it`)
    }
  }
  const response = await fetch(`${place.replace(/\/$/, '')}/${file}`)
  if (!response.ok) throw new ModelError(`${place}/${file}: ${response.status} ${response.statusText}`)
  return new Uint8Array(await response.arrayBuffer())
}

function parse(file: string, bytes: Uint8Array): any {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw new ModelError(`${file}: not valid JSON`)
  }
}

/** Return the RGB pixels of an image as a person sees it: upright, transparent parts on white. */
async function decode(image: ImageInput): Promise<Pixels> {
  if ('data' in image && image.data.length === image.width * image.height * 3) return image as Pixels
  if ('rgba' in image) return onWhite(image.rgba, image.width, image.height)
  if (isBitmap(image)) return pixelsOf(image)
  const bitmap = await createImageBitmap(image as ImageBitmapSource, { imageOrientation: 'from-image', colorSpaceConversion: 'none' })
  try {
    return pixelsOf(bitmap)
  } finally {
    bitmap.close()
  }
}

function isBitmap(image: ImageInput): image is ImageBitmap {
  return typeof ImageBitmap !== 'undefined' && image instanceof ImageBitmap
}

function pixelsOf(bitmap: ImageBitmap): Pixels {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0)
  const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height)
  return onWhite(data, width, height)
}

function cut(image: Pixels, box?: Box): Pixels {
  if (!box) return image
  const left = Math.max(0, box.x)
  const top = Math.max(0, box.y)
  const width = Math.min(box.x + box.width, image.width) - left
  const height = Math.min(box.y + box.height, image.height) - top
  if (width < 1 || height < 1) throw new ModelError(`box ${box.x},${box.y},${box.width},${box.height} lies outside of ${image.width} × ${image.height} pixels`)
  return crop(image, left, top, width, height)
}
