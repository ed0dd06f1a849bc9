/** What the two sides of a worker tell each other. */

import type { InferenceSession } from 'onnxruntime-common'
import type { VectorSpace } from './collection.ts'
import * as errors from './errors.ts'
import type { WasmPaths } from './model.ts'
import type { ModelInfo } from './modelInfo.ts'
import type { Place } from './logs.ts'

/** The options of `loadModel` that can be sent to a worker. */
export interface RemoteModelOptions {
  session?: InferenceSession.SessionOptions
  wasmPaths?: WasmPaths
}

export type Call =
  | { open: 'model'; source: string; options: RemoteModelOptions }
  | { open: 'store'; name: string; model: VectorSpace; options: { place?: Place } }
  | { object: number; method: string; args: unknown[] }

export type Asked = { id: number; call: Call }

export type Reply = { id: number; result: unknown } | { id: number; progress: number } | { id: number; error: { name: string; message: string } }

/** What `open` answers: the number to call an object by, and of a model what it is. */
export interface Opened {
  object: number
  info?: ModelInfo
}

/** A worker, its own scope, or one end of a MessageChannel. */
export interface Port {
  postMessage(message: unknown): void
  addEventListener(type: string, listener: (event: any) => void): void
  start?(): void
}

/** Make the error of the other side anew, of the same class where it is one of this package. */
export function errorOf({ name, message }: { name: string; message: string }): Error {
  const Known = (errors as Record<string, new (message: string) => Error>)[name]
  return Known ? new Known(message) : Object.assign(new Error(message), { name })
}
