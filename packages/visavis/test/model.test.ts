import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadModel, ModelError } from '../src/index.ts'
import { parseModelInfo } from '../src/modelInfo.ts'
import { batch, onWhite, prepare } from '../src/preprocess.ts'
import { cosine, MODEL } from './fixtures.ts'

const grey = (width: number, height: number) => ({ data: new Uint8Array(width * height * 3).fill(120), width, height })

test('a folder that holds no model is named', async () => {
  await assert.rejects(loadModel('/nowhere'), (error: Error) => error instanceof ModelError && /no model.json/.test(error.message))
  assert.throws(() => parseModelInfo({ format: 2 }), /format 1/)
  assert.throws(() => parseModelInfo({ format: 1, id: 'a', dim: 3, image: { file: 'i' }, text: {} }), /size is missing/)
  const known = { format: 1, id: 'a', dim: 2, image: { file: 'i', size: 8 }, text: { file: 't', tokenizer: 'k' } }
  for (const mean of [[1], [1, null], 'ab']) assert.throws(() => parseModelInfo({ ...known, text_mean: mean }), /text_mean is not 2 numbers/)
  assert.deepEqual(parseModelInfo({ ...known, text_mean: [1, 0] }).textMean, [1, 0])
  assert.equal(parseModelInfo({ ...known, text_mean: null }).textMean, undefined) // as in Python
})

test('nothing to encode, and vectors that do not depend on their neighbours', async () => {
  const model = await loadModel(MODEL)
  assert.deepEqual(await model.encodeTexts([]), [])
  assert.deepEqual(await model.encodeImages([]), [])
  const texts = Array.from({ length: 70 }, (_, n) => 'a dog '.repeat(1 + (n % 9)))
  const together = await model.encodeTexts(texts)
  const [alone] = await model.encodeTexts([texts[69]])
  assert.ok(cosine(together[69], alone) > 0.99999)
  assert.ok(Math.abs(cosine(alone, alone) - 1) < 1e-6)
  await model.release()
})

test('each network can run elsewhere, by a runtime that is handed in', async () => {
  const ort = await import('onnxruntime-node')
  const asked: (readonly unknown[] | undefined)[] = []
  const runtime = {
    Tensor: ort.Tensor,
    InferenceSession: {
      create(data: Uint8Array, { executionProviders, ...options }: any = {}) {
        asked.push(executionProviders)
        return ort.InferenceSession.create(data, options)
      },
    },
  }
  const session = (network: 'image' | 'text') => ({ executionProviders: network === 'image' ? ['webgpu', 'wasm'] : ['wasm'] })
  const model = await loadModel(MODEL, { runtime, session })
  await model.encodeTexts(['a dog'])
  await model.encodeImages([grey(8, 8)])
  assert.deepEqual(asked, [['wasm'], ['webgpu', 'wasm']])
})

test('a box asks for a part of an image', async () => {
  const model = await loadModel(MODEL)
  const image = { ...grey(80, 40), data: Uint8Array.from({ length: 80 * 40 * 3 }, (_, n) => (n % 240 < 120 ? 250 : 10)) }
  const [left, right, whole] = await model.encodeImages([image, image, image], [{ x: 0, y: 0, width: 40, height: 40 }, { x: 40, y: 0, width: 99, height: 40 }])
  assert.ok(cosine(left, right) < 0.999 && cosine(left, whole) < 0.999)
  await assert.rejects(model.encodeImages([image], [{ x: 80, y: 0, width: 5, height: 5 }]), /lies outside/)
})

test('the shorter side is resized and the middle cut out; small images get a black frame', () => {
  const how = parseModelInfo({ format: 1, id: 'a', dim: 2, languages: [], image: { file: 'i', size: 8, resize: 'shortest', resize_to: 10 }, text: { file: 't', tokenizer: 'k' } }).preprocessing
  assert.deepEqual(prepare(grey(40, 20), how), { ...grey(8, 8), data: new Uint8Array(192).fill(120) })
  const small = prepare(grey(6, 6), { ...how, size: 8, resizeTo: 6 })
  assert.deepEqual([small.data[0], small.data[(8 * 4 + 4) * 3]], [0, 120])
})

test('floats by channel, in the order of the channels', () => {
  const image = { data: Uint8Array.from([255, 0, 51]), width: 1, height: 1 }
  const how = { size: 1, resize: 'squash', resizeTo: 1, interpolation: 'bicubic', channels: 'BGR', scaling: { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } } as const
  const { data, dims } = batch([image], { ...how, scaling: { ...how.scaling, mean: [...how.scaling.mean], std: [...how.scaling.std] } })
  assert.deepEqual(dims, [1, 3, 1, 1])
  assert.deepEqual([...data].map((value) => Math.round(value * 1000) / 1000), [-0.6, -1, 1])
})

test('transparent parts stand on white', () => {
  assert.deepEqual([...onWhite(Uint8Array.from([10, 20, 30, 255, 0, 0, 0, 0, 0, 0, 0, 128]), 3, 1).data], [10, 20, 30, 255, 255, 255, 127, 127, 127])
})
