import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as onnxruntime from 'onnxruntime-node'
import { CollectionError } from 'visavis'
import { bytes, cosine, fixtures, floats, MODEL } from '../../../packages/visavis/test/fixtures.ts'
import { fileLog } from '../src/fileLog.ts'
import { type Photo, PhotoSearch } from '../src/search.ts'
import { NodeFile } from './nodeFile.ts'

const runtime = (onnxruntime as any).default ?? onnxruntime
const LEAST = 0.99999

const photos: Photo[] = fixtures.images.map(({ size: [width, height], rgb }: any, n: number) => ({
  id: `photo-${n}`,
  name: `${n}.jpg`,
  metadata: { width, height },
  open: async () => ({ pixels: { data: bytes(rgb), width, height }, thumbnail: Uint8Array.of(n) }),
}))
const broken: Photo = { id: 'broken', name: 'broken.jpg', open: () => Promise.reject(new Error('not an image')) }

const opened = (path: string, model: string = MODEL) =>
  PhotoSearch.open({ runtime, read: (file) => readFile(join(model, file)), openLog: () => fileLog(new NodeFile(path)) })
const place = () => join(mkdtempSync(join(tmpdir(), 'expo-')), 'photos')

test('with an injected session, texts and images have the vectors of Python', async () => {
  const search = await opened(place())
  const vectors = await search.model.encodeTexts(fixtures.texts.map(({ text }: any) => text))
  fixtures.texts.forEach(({ text, vector }: any, n: number) => assert.ok(cosine(vectors[n], floats(vector)) >= LEAST, text.slice(0, 60)))
  await search.index(photos)
  fixtures.images.forEach(({ vector }: any, n: number) => {
    assert.ok(cosine(search.store.collection.vector(`photo-${n}`)!, floats(vector)) >= LEAST, `image ${n}`)
  })
  const alone = await search.search([{ query: { id: 'photo-2' } }])
  assert.equal(alone[0].id, 'photo-2')
  const composed = await search.search([{ query: { id: 'photo-2' } }, { query: { text: 'un chien' }, weight: -0.1 }])
  assert.deepEqual(composed.map(({ id }) => id).sort(), photos.map(({ id }) => id).sort())
  assert.notDeepEqual(composed.map(({ score }) => score), alone.map(({ score }) => score))
  await assert.rejects(search.search([{ query: { id: 'gone' } }]), /no longer in the collection/)
  await search.close()
})

test('photographs are added once, failures are told, and all is there when the app starts again', async () => {
  const path = place()
  const first = await opened(path)
  const stop = new AbortController()
  const begun = await first.index([...photos.slice(0, 1), broken, ...photos.slice(1)], { signal: stop.signal, progress: (done) => done === 3 && stop.abort() })
  assert.deepEqual(begun, { added: 2, known: 0, failed: [{ name: 'broken.jpg', reason: 'not an image' }] })
  await first.close()
  const again = await opened(path)
  assert.equal(again.size, 2)
  assert.deepEqual(await again.store.thumbnail('photo-1'), Uint8Array.of(1))
  assert.deepEqual(await again.index(photos), { added: photos.length - 2, known: 2, failed: [] })
  await again.close()
})

test('a collection of another model is refused, and stays as it is', async () => {
  const path = place()
  const first = await opened(path)
  await first.index(photos)
  await first.close()
  const read = async (file: string) => {
    const found = await readFile(join(MODEL, file))
    return file === 'model.json' ? Buffer.from(JSON.stringify({ ...JSON.parse(found.toString()), id: 'another@2' })) : found
  }
  await assert.rejects(PhotoSearch.open({ runtime, read, openLog: () => fileLog(new NodeFile(path)) }), (error: Error) => error instanceof CollectionError && /another@2/.test(error.message))
  const again = await opened(path)
  assert.equal(again.size, photos.length)
  await again.close()
})
