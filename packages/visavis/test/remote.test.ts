import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { loadModel, ModelError, remote } from '../src/index.ts'
import { serve } from '../src/serving.ts'
import { MODEL } from './fixtures.ts'

const { port1, port2 } = new MessageChannel()
serve(port1)
const there = remote(port2)
after(() => port1.close())

test('a model behind a port has the interface and the vectors of one that is here', async () => {
  const [here, far] = [await loadModel(MODEL), await there.loadModel(MODEL)]
  assert.deepEqual([far.id, far.dim, far.info], [here.id, here.dim, here.info])
  const image = { data: new Uint8Array(60 * 40 * 3).map((_, n) => n % 251), width: 60, height: 40 }
  const box = { x: 5, y: 5, width: 20, height: 20 }
  for (const model of [here, far]) await assert.rejects(model.encodeImages([image], [{ ...box, x: 99 }]), /lies outside/)
  assert.deepEqual(await far.encodeTexts(['a dog', 'un chien']), await here.encodeTexts(['a dog', 'un chien']))
  assert.deepEqual(await far.encodeImages([image, image], [undefined, box]), await here.encodeImages([image, image], [undefined, box]))
  await far.release()
})

test('errors keep their class, and what cannot be sent is refused', async () => {
  await assert.rejects(there.loadModel('/nowhere'), (error: Error) => error instanceof ModelError && /no model.json/.test(error.message))
  await assert.rejects(there.loadModel(MODEL, { session: { extra: () => 1 } } as any), /could not be cloned/)
})
