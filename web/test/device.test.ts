import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newestFirst, timelineOf } from '../src/device/ordering.ts'
import { Ranges } from '../src/device/ranges.ts'

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve))
}

test('only what is seen last is loaded, one block at a time', async () => {
  const asked: [number, number][] = []
  let loads = 0
  const load = async (from: number, to: number) => {
    asked.push([from, to])
    await new Promise((resolve) => setTimeout(resolve))
    return Array.from({ length: to - from }, (_, n) => from + n)
  }
  const ranges = new Ranges(10_000, load, () => loads++, assert.ifError, [7])
  assert.deepEqual(ranges.items, [7])
  ranges.want(0, 30)
  ranges.want(4800, 4900) // scrolled on before the first block came
  ranges.want(9990, 9999)
  await until(() => loads === 2)
  assert.deepEqual(asked, [[0, 48], [9984, 10_000]])
  assert.deepEqual([ranges.items[0], ranges.items[4850], ranges.items[9999], loads], [0, undefined, 9999, 2])
  ranges.want(9990, 9999)
  assert.equal(asked.length, 2, 'loaded twice')
})

test('a block that fails is told, and asked for again when it is seen again', async () => {
  const failures: string[] = []
  let fail = true
  const load = async () => {
    if (fail) throw new Error('closed')
    return ['a']
  }
  const ranges = new Ranges<string>(1, load, () => {}, ({ message }) => failures.push(message))
  ranges.want(0, 0)
  await until(() => failures.length > 0)
  fail = false
  ranges.want(0, 0)
  await until(() => ranges.items.length > 0)
  assert.deepEqual([failures, ranges.items], [['closed'], ['a']])
})

test('photographs go by the date they were taken, or changed, and are counted by month', () => {
  const item = (id: string, metadata: Record<string, string>) => ({ id, modality: 'image', source: id, metadata }) as const
  const ordered = newestFirst([
    item('d', {}),
    item('c', { modified: '2024-05-01T00:00:00' }),
    item('b', { taken: '2024-05-30T10:00:00', modified: '2026-01-01T00:00:00' }),
    item('a', { taken: '2024-05-30T10:00:00' }),
    item('e', { taken: '2025-12-24T18:00:00' }),
  ])
  assert.deepEqual(ordered.map(({ id }) => id), ['e', 'a', 'b', 'c', 'd'])
  assert.deepEqual(timelineOf(ordered), { months: [{ month: '2025-12', count: 1 }, { month: '2024-05', count: 3 }], undated: 1 })
})
