import { ModelError } from './errors.ts'

/** Interpolations of the Python package; the names are Pillow's. */
export type Interpolation = 'nearest' | 'lanczos' | 'bilinear' | 'bicubic' | 'box' | 'hamming'

/** How an image of any size becomes the square of `size` pixels that the network sees. */
export interface Preprocessing {
  size: number
  /** Both sides to `resizeTo`, or the shorter one and then the centre cut out. */
  resize: 'squash' | 'shortest'
  resizeTo: number
  interpolation: Interpolation
  channels: 'RGB' | 'BGR'
  /** What floats the network takes instead of bytes: `(value * scale - mean) / std`. */
  scaling?: { scale: number; mean: number[]; std: number[] }
}

/** One network of a model: its file, and the output that holds the vectors (the first by default). */
export interface Network {
  file: string
  output?: string
  /** How many inputs it takes at once: 1 where a vector would depend on what else is in a batch. */
  batch?: number
}

/** What `model.json` says of a model. */
export interface ModelInfo {
  id: string
  dim: number
  languages: string[]
  image: Network
  preprocessing: Preprocessing
  text: Network
  tokenizer: string
  /** What the vectors of all texts have in common: the mean of everyday words. Models of earlier versions have none. */
  textMean?: number[]
}

const FORMAT = 1
const INTERPOLATIONS: Interpolation[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming']

/** Read `model.json`; throws ModelError if it is of another format or something is missing. */
export function parseModelInfo(json: any): ModelInfo {
  if (json?.format !== FORMAT) throw new ModelError(`model.json: not a model of format ${FORMAT}, the only one known here`)
  const { image, text } = json
  const info: ModelInfo = {
    id: json.id,
    dim: json.dim,
    languages: json.languages,
    image: { file: image?.file, output: image?.output, batch: image?.batch },
    preprocessing: {
      size: image?.size,
      resize: oneOf(['squash', 'shortest'], image?.resize ?? 'squash'),
      resizeTo: image?.resize_to ?? image?.size,
      interpolation: oneOf(INTERPOLATIONS, image?.interpolation ?? 'bicubic'),
      channels: oneOf(['RGB', 'BGR'], image?.channels ?? 'RGB'),
      scaling: image?.scaling,
    },
    text: { file: text?.file, output: text?.output, batch: text?.batch },
    tokenizer: text?.tokenizer,
    textMean: json.text_mean ?? undefined,
  }
  const needed = { id: info.id, dim: info.dim, image: info.image.file, size: info.preprocessing.size, text: info.text.file, tokenizer: info.tokenizer }
  for (const [name, value] of Object.entries(needed)) {
    if (value === undefined) throw new ModelError(`model.json: ${name} is missing`)
  }
  const { textMean, dim } = info
  if (textMean !== undefined && !(Array.isArray(textMean) && textMean.length === dim && textMean.every(Number.isFinite)))
    throw new ModelError(`model.json: text_mean is not ${dim} numbers`)
  return info
}

function oneOf<T extends string>(allowed: T[], value: unknown): T {
  if (!allowed.includes(value as T)) throw new ModelError(`model.json: ${JSON.stringify(value)} (known: ${allowed.join(', ')})`)
  return value as T
}
