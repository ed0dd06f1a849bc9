import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Item } from '../src/api.ts'
import { Layout, type Month } from '../src/timeline/layout.ts'
import { carry, Pages } from '../src/timeline/pages.ts'

const PAGE = 4
const months: Month[] = [
  { month: '2024-05', name: '2024-05', count: 10 },
  { month: '2023-12', name: '2023-12', count: 1 },
  { month: null, name: null, count: 7 },
]

function item(name: string): Item {
  return { id: name, modality: 'image', source: name, text: null, metadata: {}, width: null, height: null }
}

/** Pages of a server that has `has` items of each month; what was asked for is written down. */
function pages(has: readonly Month[] = months) {
  const asked: string[] = []
  const load = async (month: string | null, cursor: string | null) => {
    asked.push(`${month} ${cursor ?? ''}`.trim())
    const count = has.find((one) => one.month === month)?.count ?? 0
    const start = Number(cursor ?? 0)
    const end = Math.min(count, start + PAGE)
    const items = Array.from({ length: end - start }, (_, i) => item(`${month}/${start + i}`))
    return { items, cursor: end < count ? String(end) : null }
  }
  const failed: unknown[] = []
  const made = new Pages(new Layout(months, 800).sections, load, () => undefined, (error) => failed.push(error))
  return { made, asked, failed }
}

const names = (items: readonly (Item | undefined)[]) => Array.from(items, (one) => one?.id)

test('what is seen is loaded, and nothing else', async () => {
  const { made, asked } = pages()
  made.want(0, 2)
  await made.between(0, 2)
  assert.deepEqual(asked, ['2024-05'])
  made.want(10, 11)
  await made.between(10, 11)
  assert.deepEqual(asked, ['2024-05', '2023-12', 'null'])
  assert.deepEqual(names(made.items.slice(3, 5)), ['2024-05/3', undefined])
  assert.deepEqual(names(made.items.slice(10, 13)), ['2023-12/0', 'null/0', 'null/1'])
})

test('a range across months is complete and in order', async () => {
  const { made, asked } = pages()
  const found = names(await made.between(2, 12))
  assert.equal(found.length, 11)
  assert.deepEqual([found[0], found[8], found.at(-1)], ['2024-05/2', '2023-12/0', 'null/1'])
  assert.deepEqual(names(await made.between(2, 12)), found)
  assert.equal(asked.length, 5, 'nothing is asked twice')
})

test('what is no longer wanted is given up', async () => {
  const { made, asked } = pages()
  made.want(9, 9)
  made.want(11, 11)
  await made.between(11, 11)
  assert.deepEqual(asked, ['2024-05', 'null'])
})

test('items removed meanwhile leave holes, and those added meanwhile do not push others away', async () => {
  const fewer = pages([{ month: '2024-05', name: '2024-05', count: 6 }, { month: null, name: null, count: 9 }])
  assert.equal((await fewer.made.between(0, 17)).length, 6 + 7)
  assert.equal(fewer.made.items[6], undefined)
  assert.equal(fewer.made.items.length, 18)
})

test('a failure is told, and what failed can be asked for again', async () => {
  let works = false
  const failed: unknown[] = []
  const load = async () => {
    if (!works) throw new Error('offline')
    return { items: [item('a')], cursor: null }
  }
  const layout = new Layout([{ month: null, name: null, count: 1 }], 800)
  const made = new Pages(layout.sections, load, () => undefined, (error) => failed.push(error))
  made.want(0, 0)
  await assert.rejects(made.between(0, 0))
  works = true
  assert.deepEqual(names(await made.between(0, 0)), ['a'])
  assert.equal(failed.length, 1)
})

test('what is known is carried over when others come or go, from the end of each month', () => {
  const now = new Layout([{ ...months[0]!, count: months[0]!.count + 2 }, ...months.slice(1)], 800).sections
  const then = new Layout(months, 800).sections
  const items = Array.from({ length: then.at(-1)!.first + then.at(-1)!.count }, (_, i) => item(`${i}`))
  const carried = names(carry(items, then, now))
  assert.deepEqual(carried, [undefined, undefined, ...names(items)])
  assert.deepEqual(names(carry(items, now.slice(0, 1), [])), [])
})
