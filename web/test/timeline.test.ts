import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monthName } from '../src/timeline/dates.ts'
import { sectionsOf } from '../src/timeline/grouping.ts'
import { GAP, HEADING, Layout, type Month } from '../src/timeline/layout.ts'
import { HELD_MS, Pace, RESTS_MS } from '../src/timeline/pace.ts'
import { ticksOf } from '../src/timeline/ticks.ts'

const months: Month[] = [
  { month: '2024-05', name: '2024-05', count: 10 },
  { month: '2023-12', name: '2023-12', count: 1 },
  { month: null, name: null, count: 7 },
]

/** The tiles of all sections, in pixels from the top of the timeline. */
function tiles(layout: Layout, from: number, to: number): { index: number; x: number; y: number }[] {
  return layout
    .between(from, to)
    .flatMap(({ section, tiles }) => tiles.map((tile) => ({ ...tile, y: section.top + tile.y })))
}

test('squares fill the width, with gaps between them', () => {
  for (const width of [320, 366, 1200, 1700]) {
    const { columns, side } = new Layout(months, width)
    assert.ok(Math.abs(columns * side + (columns - 1) * GAP - width) < 1e-9)
  }
  assert.equal(new Layout(months, 320).columns, 3)
})

test('all items are laid out once, in order, without touching each other', () => {
  const layout = new Layout(months, 800)
  const all = tiles(layout, 0, layout.height)
  assert.deepEqual(all.map((tile) => tile.index), Array.from({ length: 18 }, (_, i) => i))
  assert.equal(layout.count, 18)
  for (const [i, a] of all.entries()) {
    for (const b of all.slice(i + 1)) {
      assert.ok(Math.abs(a.x - b.x) >= layout.step - 1e-9 || Math.abs(a.y - b.y) >= layout.step - 1e-9)
    }
    assert.ok(a.y + layout.side <= layout.height)
  }
})

test('what is seen is what touches the window, and at most a row more', () => {
  const layout = new Layout([{ month: '2024-05', name: '2024-05', count: 1000 }, ...months, { month: '2001-01', name: '2001-01', count: 3 }], 800)
  const all = tiles(layout, 0, layout.height)
  for (let top = 0; top < layout.height; top += 97) {
    const seen = new Set(tiles(layout, top, top + 300).map((tile) => tile.index))
    for (const { index, y } of all) {
      if (y < top + 300 && y + layout.side > top) assert.ok(seen.has(index), `${index} at ${top}`)
      if (y > top + 300 + layout.step || y + 2 * layout.step < top) assert.ok(!seen.has(index), `${index} at ${top}`)
    }
  }
})

test('an item is found by its position', () => {
  const layout = new Layout(months, 800)
  for (const { index, y } of tiles(layout, 0, layout.height)) assert.equal(layout.topOf(index), y)
  assert.equal(layout.sectionOf(10)?.month, '2023-12')
  assert.equal(layout.sectionAt(layout.sections[2]!.top)?.month, null)
  assert.equal(layout.topOf(0), HEADING)
})

test('a timeline of 100,000 items in 400 months is laid out for each window alone', () => {
  const many = Array.from({ length: 400 }, (_, i) => ({ month: String(i), name: String(i), count: 250 }))
  const layout = new Layout(many, 1200)
  assert.equal(layout.count, 100_000)
  assert.ok(tiles(layout, layout.height / 2, layout.height / 2 + 1000).length < 100)
})

test('a timeline without items has no height', () => {
  const layout = new Layout([], 800)
  assert.equal(layout.height, 0)
  assert.deepEqual(layout.between(0, 500), [])
})

test('arrow keys reach what lies beside, above and below, across months', () => {
  const layout = new Layout(months, 366) // three columns
  assert.deepEqual([layout.neighbour(0, 1, 0), layout.neighbour(0, -1, 0), layout.neighbour(17, 1, 0)], [1, 0, 17])
  assert.equal(layout.neighbour(1, 0, 1), 4)
  assert.equal(layout.neighbour(8, 0, 1), 9, 'the last row is shorter')
  assert.equal(layout.neighbour(9, 0, 1), 10, 'the next month')
  assert.equal(layout.neighbour(10, 0, -1), 9, 'the month before')
  assert.equal(layout.neighbour(12, 0, -1), 10, 'the month before has no such column')
  assert.equal(layout.neighbour(17, 0, 1), 17)
  assert.equal(layout.neighbour(1, 0, -1), 1)
})

test('months with few images are shown by year, and few years together', () => {
  const dates = ['2024-05', '2024-01', '2023-12']
  const names = (count: number, undated = 0) =>
    sectionsOf(dates.map((month) => ({ month, count })), undated).map(({ name, count }) => [name, count])
  assert.deepEqual(names(6), [['2024-05', 6], ['2024-01', 6], ['2023-12', 6]])
  assert.deepEqual(names(5, 1), [['2024', 10], ['2023', 5], [null, 1]])
  assert.deepEqual(names(1), [['2023–2024', 3]])
  assert.equal(sectionsOf([{ month: '2024-05', count: 1 }, { month: '2024-01', count: 1 }], 0)[0]!.month, '2024-05')
  assert.deepEqual(sectionsOf([], 3), [{ month: null, name: null, count: 3 }])
  assert.deepEqual(sectionsOf([{ month: '2024-05', count: 1 }], 0), [{ month: '2024-05', name: '2024', count: 1 }])
})

test('months have names, and years stay years', () => {
  assert.equal(monthName('2024-05', 'fr'), 'mai 2024')
  assert.equal(monthName('2024-01', 'en'), 'January 2024')
  assert.deepEqual(['2024', '2009–2024', '2024-99'].map((name) => monthName(name, 'en')), ['2024', '2009–2024', '2024-99'])
})

test('years stand beside the timeline where there is room', () => {
  const many = ['2024-05', '2024-01', '2023-12', '2022-07', '2010-01'].map((month, i) => ({ month, name: month, count: i === 2 ? 1 : 100 }))
  const layout = new Layout(many, 800)
  assert.deepEqual(ticksOf(layout, 600, 0).map(({ year }) => year), ['2024', '2023', '2022', '2010'])
  assert.deepEqual(ticksOf(layout, 600, 0.1).map(({ year }) => year), ['2024', '2023', '2010'])
  assert.equal(ticksOf(layout, 600, 0)[0]!.at, 0)
})

test('a fling and a jump are too fast to see images, reading is not', () => {
  const pace = new Pace()
  const at = (top: number, now: number) => pace.note(top, 900, now)
  at(0, 0)
  assert.equal(at(25, 1016), false)
  assert.equal(at(50, 1032), false)
  assert.equal(at(117, 1049), true)
  assert.equal(at(900, 9000), true)
  assert.equal(at(0, 9100), true)
})

test('a late frame among fast ones is no rest, and a release of the scrubber is one', () => {
  const pace = new Pace()
  const at = (top: number, now: number, rest?: number) => pace.note(top, 900, now, rest)
  at(0, 0)
  assert.equal(at(100, 1000), false)
  assert.equal(at(200, 1016), true)
  assert.equal(at(201, 1032), true)
  assert.equal(at(202, 1016 + RESTS_MS), false)
  assert.equal(at(9000, 3000, HELD_MS), true)
  assert.equal(at(9001, 3000 + RESTS_MS, HELD_MS), true)
  pace.rest()
  assert.equal(at(9002, 3010 + RESTS_MS), false)
})

test('what is in sight stays when others come: counted from the end of its month', () => {
  const before = new Layout(months, 800)
  const more = new Layout([{ ...months[0]!, count: 30 }, ...months.slice(1)], 800)
  const inFirst = before.topOf(7)
  assert.equal(Math.round(more.sameAs(inFirst, before)), Math.round(more.topOf(27)))
  assert.equal(Math.round(more.sameAs(before.topOf(10), before)), Math.round(more.topOf(30)))
  assert.equal(more.sameAs(100, new Layout([{ month: '1999-01', name: '1999-01', count: 9 }], 800)), 100)
})
