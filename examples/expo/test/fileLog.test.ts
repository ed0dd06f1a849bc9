import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Store } from 'visavis/store'
import { fileLog } from '../src/fileLog.ts'
import { NodeFile } from './nodeFile.ts'

const MODEL = { id: 'model@1', dim: 4 }
const entry = (id: string) => ({ item: { id, modality: 'image', source: id, metadata: {} } as const, vector: Float32Array.of(1, 0, 0, 0) })

async function ids(path: string, change: (store: Store) => Promise<void> = async () => {}): Promise<string[]> {
  const store = await Store.open('photos', MODEL, { log: fileLog(new NodeFile(path)) })
  await change(store)
  const found = [...store.collection].map(({ id }) => id)
  await store.close()
  return found
}

test('an app that is killed while it writes loses nothing that was kept, wherever it is killed', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'expo-')), 'photos')
  await ids(path, (store) => store.add([entry('a')]))
  const one = readFileSync(path)
  await ids(path, (store) => store.add([entry('a much longer name'), entry('b')]))
  const two = readFileSync(path)
  for (const length of [...Array(Math.ceil(two.length / 5)).keys()].map((n) => 5 * n).concat(one.length, two.length)) {
    writeFileSync(path, two.subarray(0, length))
    const kept = length < one.length ? 0 : length < two.length ? 1 : 3
    const found = await ids(path, (store) => store.add([entry('c')]))
    assert.equal(found.length, kept + 1, `cut after ${length} of ${two.length} bytes`)
    assert.deepEqual(await ids(path), found, `cut after ${length} bytes, and opened again`)
  }
})

test('a log is deleted', async () => {
  const file = new NodeFile(join(mkdtempSync(join(tmpdir(), 'expo-')), 'photos'))
  const store = await Store.open('photos', MODEL, { log: fileLog(file) })
  await store.delete()
  assert.equal(file.exists, false)
})
