import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCondition, QueryError } from '../src/index.ts'
import { meets } from '../src/filters.ts'

const item = {
  id: 'a1',
  modality: 'image',
  source: '/photos/Paris/été.jpg',
  metadata: { width: 800, code: '007', city: 'Paris', sharp: true, note: '50%*', album: ['été', 7, true], taken: '2023-06-14T15:02:11+02:00', place: { town: 'Brest' }, none: null },
}

const cases: [string, boolean][] = [
  ['width=800', true],
  ['width>=800.0', true],
  ['width < 9', false],
  ['width="800"', false],
  ['code=007', true],
  ['code!=007', false],
  ['code=7', false],
  ['taken>=2023', true],
  ['taken>2023', false],
  ['taken<=2023-06', true],
  ['taken<2023-06', false],
  ['taken=2023', true],
  ['taken=2023-06-14', true],
  ['taken=2022', false],
  ['taken!=2022', true],
  ['taken~2023', true],
  ['album~été', true],
  ['place~brest', true],
  ['place=Brest', false],
  ['place!=Brest', true],
  ['none=null', false],
  ['none!=1', true],
  ['none~n', false],
  ['code="007"', true],
  ['city~par', true],
  ['city~p*s', true],
  ['city~p?s', false],
  ['source~/photos/*.JPG', true],
  ['source~photos/*.jpg', false],
  ['city!=Lyon', true],
  ['absent!=1', true],
  ['absent=1', false],
  ['absent~a', false],
  ['sharp=true', true],
  ['width~80', true],
  ['city>Lyon', true],
  ['city<Pariz', true],
  ['modality=image', true],
  ['note~*\\%', false],
  ['album=été', true],
  ['album=ét', false],
  ['album!=été', false],
  ['album!=true', true],
  ['album>6', true],
]

for (const [condition, expected] of cases) {
  test(condition, () => assert.equal(meets(item, parseCondition(condition)), expected))
}

test('a pattern with many stars ends soon', () => {
  const long = { ...item, metadata: { text: 'a'.repeat(20_000) } }
  assert.equal(meets(long, parseCondition(`text~${'*a'.repeat(20)}*b`)), false)
})

for (const wrong of ['', 'width', '=3', 'width=', 'a==b', 'a=>b']) {
  test(`${JSON.stringify(wrong)} is refused`, () => assert.throws(() => parseCondition(wrong), QueryError))
}
