import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { test } from 'node:test'
import { CollectionError } from '../src/index.ts'
import { unit } from '../src/moments.ts'
import { type Log, Store } from '../src/store.ts'
import { random } from './fixtures.ts'

const MODEL = { id: 'model@1', dim: 9 }

/** A file in memory; what is in it after any number of bytes can be looked at. */
class MemoryLog implements Log {
  bytes: Uint8Array
  constructor(bytes = new Uint8Array()) {
    this.bytes = bytes
  }
  get size() {
    return this.bytes.length
  }
  async *pieces() {
    for (let at = 0; at < this.bytes.length; at += 100) yield this.bytes.subarray(at, at + 100)
  }
  async read(from: number, length: number) {
    return this.bytes.slice(from, from + length)
  }
  async append(more: Uint8Array) {
    const all = new Uint8Array(this.bytes.length + more.length)
    all.set(this.bytes)
    all.set(more, this.bytes.length)
    this.bytes = all
  }
  async truncate(size: number) {
    this.bytes = this.bytes.slice(0, size)
  }
  async replace(pieces: AsyncIterable<Uint8Array>) {
    const next = new MemoryLog()
    for await (const piece of pieces) await next.append(piece)
    this.bytes = next.bytes
  }
  async close() {}
  async remove() {
    this.bytes = new Uint8Array()
  }
}

const draw = random(5)

function entry(id: string, thumbnail?: string) {
  const item = { id, modality: 'image', source: `é/${id}.jpg`, metadata: { id } } as const
  return { item, vector: unit(Float32Array.from({ length: MODEL.dim }, draw)), thumbnail: thumbnail ? new TextEncoder().encode(thumbnail) : undefined }
}

const ids = (store: Store) => [...store.collection].map(({ id }) => id).sort()
const text = (bytes?: Uint8Array) => bytes && new TextDecoder().decode(bytes)
const open = (log: Log, model = MODEL) => Store.open('photos', model, { log })

test('all changes are there after opening it again, with thumbnails and moments', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  await Promise.all([store.add([entry('a', 'A'), entry('b'), entry('c', 'C')]), store.remove(['b', 'nowhere']), store.add([entry('a', 'other'), entry('d')])])
  assert.deepEqual(ids(store), ['a', 'c', 'd'])
  const again = await open(log)
  assert.deepEqual(ids(again), ['a', 'c', 'd'])
  for (const each of [store, again]) assert.deepEqual([text(await each.thumbnail('a')), text(await each.thumbnail('b')), text(await each.thumbnail('c'))], ['other', undefined, 'C'])
  const terms = ['a', 'c'].map((id) => ({ vector: store.collection.vector(id)!, weight: 1, modality: 'image' as const }))
  const [one, two] = [store, again].map(({ collection }) => collection.search(terms))
  one.forEach((hit, n) => assert.ok(hit.id === two[n].id && Math.abs(hit.score - two[n].score) < 2e-3))
})

test('a file cut at any byte holds whole changes only, and grows on from there', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  const ends = [[log.size, 0]]
  for (let n = 0; n < 4; n++) {
    await store.add([entry(`${n}a`, 'jpeg'), entry(`${n}b`)])
    ends.push([log.size, 2 * (n + 1)])
  }
  for (let size = 0; size <= log.size; size++) {
    const torn = new MemoryLog(log.bytes.slice(0, size))
    const found = await open(torn)
    const kept = ends.findLast(([end]) => end <= size)?.[1] ?? 0
    assert.equal(found.collection.size, kept, `after ${size} bytes`)
    await found.add([entry('0a'), entry('new')])
    assert.deepEqual(ids(await open(torn)), ids(found))
    assert.equal(found.collection.size, Math.max(kept, 1) + 1)
  }
})

test("another model's collection, bad vectors and other files are refused, and change nothing", async () => {
  const log = new MemoryLog()
  const store = await open(log)
  await store.add([entry('a')])
  const before = log.size
  await assert.rejects(open(log, { id: 'model@2', dim: 9 }), /vectors of model model@1, and the model here is model@2/)
  await assert.rejects(store.add([entry('b'), { ...entry('c'), vector: new Float32Array(9).fill(NaN) }]), CollectionError)
  await assert.rejects(store.add([{ ...entry('c'), vector: new Float32Array(3) }]), /expected a vector of 9/)
  assert.deepEqual([log.size, ids(store)], [before, ['a']])
  await assert.rejects(open(new MemoryLog(new TextEncoder().encode('some other file, which is long enough to have a header'))), /no file that visavis/)
})

test('damage that is not at the end is told, and cuts off nothing', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  const before = log.size
  for (const id of ['a', 'b', 'c']) await store.add([entry(id)])
  const damaged = new MemoryLog(log.bytes.map((byte, n) => (n === before + 50 ? byte ^ 4 : byte)))
  await assert.rejects(open(damaged), new RegExp(`damaged at byte ${before} of ${log.size}`))
  assert.equal(damaged.size, log.size)
})

test('what could not be written is not in the collection', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  log.append = () => Promise.reject(new CollectionError('the disk is full'))
  await assert.rejects(store.add([entry('a')]), /disk is full/)
  assert.equal(store.collection.size, 0)
})

test('an exported collection is imported, and again without doubling', async () => {
  const file = () => createReadStream('../../build/exported/int8.visavis')
  const { importCollection } = await import('../src/index.ts')
  const exported = await importCollection(file())
  const log = new MemoryLog()
  const store = await Store.open('photos', { id: exported.modelId, dim: exported.dim }, { log })
  await store.import(file())
  await store.import(file())
  assert.equal(store.collection.size, exported.size)
})

test('a compacted file is smaller, holds the same, and grows on', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  const jpeg = 'x'.repeat(500)
  for (let n = 0; n < 200; n++) await store.add([entry(`${n}`, jpeg + n), entry(`text${n}`)])
  await store.remove(Array.from({ length: 180 }, (_, n) => `${n}`))
  await store.add([entry('190', 'replaced'), entry('191')])
  const { bytes, wasted } = await store.status()
  assert.ok(wasted > bytes / 2, `${wasted} of ${bytes}`)
  const terms = [{ vector: entry('').vector, weight: 1, modality: 'text' as const }, { vector: entry('').vector, weight: -0.5, modality: 'image' as const }]
  const before = store.collection.search(terms)
  const reading = store.thumbnail('195')
  await Promise.all([store.compact(), store.add([entry('after', 'later')])])
  await store.remove(['text1'])
  assert.equal(text(await reading), `${jpeg}195`)
  assert.ok(store.bytes < bytes - 0.9 * wasted)
  const again = await open(log)
  assert.deepEqual(ids(again), ids(store))
  for (const each of [store, again]) {
    assert.deepEqual(await Promise.all(['190', '191', '195', 'after', '1'].map(async (id) => text(await each.thumbnail(id)))), ['replaced', undefined, `${jpeg}195`, 'later', undefined])
  }
  assert.deepEqual((await store.search(terms)).length, before.length)
  assert.deepEqual(again.collection.search(terms), store.collection.search(terms))
  assert.ok(Math.abs(again.wasted - store.wasted) < 1)
})

test('moments are kept with many items, and opening takes them over', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  for (let n = 0; n < 50; n++) await store.add(Array.from({ length: 100 }, (_, m) => entry(`${n}.${m}`)))
  await store.remove(['1.1'])
  const again = await open(log)
  const [one, two] = [store, again].map(({ collection }) => collection.momentsOf('image'))
  assert.equal(two.count, 4999)
  const { vector } = entry('')
  assert.ok(Math.abs(one.deviation(vector) - two.deviation(vector)) < 1e-9)
})

test('a file that is mostly waste is written anew by itself', async () => {
  const log = new MemoryLog()
  const store = await open(log)
  const large = 'x'.repeat(2 ** 21)
  for (let n = 0; n < 12; n++) await store.add([entry('a', large + n)])
  assert.ok(store.bytes < 2 ** 24 + 2 ** 22, String(store.bytes))
  assert.equal(text(await store.thumbnail('a')), `${large}11`)
  assert.equal(text(await (await open(log)).thumbnail('a')), `${large}11`)
})
