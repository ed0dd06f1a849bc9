import assert from 'node:assert/strict'
import { test } from 'node:test'

const storage = { getItem: () => null }
Object.assign(globalThis, { sessionStorage: storage })
const { eventsOf } = await import('../src/live.ts')

test('events are read from a stream, wherever it is cut', async () => {
  const text = 'retry: 2000\n\nevent: generation\ndata: 7\n\n: still here\n\nevent: indexing\ndata: {"done": 1, "total": 2}\n\nevent: cut'
  for (const size of [1, 7, text.length]) {
    const bytes = new TextEncoder().encode(text)
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.slice(i * size, (i + 1) * size))
    const told: unknown[] = []
    for await (const event of eventsOf(new Blob(parts).stream())) told.push(event)
    assert.deepEqual(told, [
      ['generation', 7],
      ['indexing', { done: 1, total: 2 }],
    ])
  }
})
