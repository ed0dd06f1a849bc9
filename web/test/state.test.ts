import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allTerms,
  chipsOf,
  emptyState,
  fromSearch,
  isMixed,
  isShareable,
  itemTerm,
  splitText,
  textTerm,
  toSearch,
  type State,
} from '../src/state.ts'

const upload = { key: 'tab/1', name: 'a.png', width: 8, height: 8 }
const own = { weight: 1, subject: { kind: 'upload', upload, box: null } } as const

const full: State = {
  text: 'a dog & a "cat"',
  terms: [
    textTerm('people@1,2,3,4', -1),
    textTerm('2:neige', 2.5),
    itemTerm('ab12', 0.5),
    itemTerm('ab12', -2, [1, 2, 30, 40]),
  ],
  balance: 0.7,
  where: ['split="train"', 'width>=800'],
  regions: true,
  sort: '-taken',
  view: 'texts',
  open: 'cd34',
}

test('the address says all that is asked', () => {
  assert.deepEqual(fromSearch(toSearch(full)), full)
})

test('the address of nothing is empty', () => {
  assert.equal(toSearch(emptyState()), '')
  assert.deepEqual(fromSearch(''), emptyState())
})

test('the form of an address', () => {
  const state = { ...emptyState(), text: ' a dog ', terms: [textTerm('people', -1)] }
  assert.equal(toSearch(state), '?q=a+dog&t=-1%3Atext%3Apeople')
})

for (const bad of ['t=0:text:snow', 't=x:text:snow', 't=1:path:/etc/passwd', 't=1:text:', 't=snow']) {
  test(`an address with ${bad} is read without it`, () => {
    assert.deepEqual(fromSearch(`?${bad}`), emptyState())
  })
}

for (const bad of ['balance=7', 'balance=-1', 'balance=much', 'view=films', 'regions=yes', 'open=']) {
  test(`an address with ${bad} is read without it`, () => {
    assert.deepEqual(fromSearch(`?${bad}`), emptyState())
  })
}

test("a person's own image is not in the address", () => {
  const state = { ...emptyState(), text: 'snow', terms: [own] }
  assert.equal(toSearch(state), '?q=snow')
  assert.equal(isShareable(state), false)
  assert.equal(isShareable(full), true)
})

test('texts and images can be balanced, either alone cannot', () => {
  assert.equal(isMixed({ ...emptyState(), text: 'snow' }), false)
  assert.equal(isMixed({ ...emptyState(), terms: [own, itemTerm('ab')] }), false)
  assert.equal(isMixed({ ...emptyState(), text: 'snow', terms: [own] }), true)
  assert.equal(isMixed({ ...emptyState(), terms: [textTerm('snow'), itemTerm('ab')] }), true)
})

test('the terms of the text come first', () => {
  assert.deepEqual(allTerms({ ...emptyState(), text: ' dog ', terms: [textTerm('snow', 2)] }), [
    textTerm('dog'),
    textTerm('snow', 2),
  ])
  assert.deepEqual(allTerms({ ...emptyState(), text: '  ' }), [])
})

const typed: [string, string, [string, number][]][] = [
  ['a dog', 'a dog', []],
  ['a dog + snow - people', 'a dog', [['snow', 1], ['people', -1]]],
  ['- people', '', [['people', -1]]],
  ['2:red dress + shop', '', [['red dress', 2], ['shop', 1]]],
  ['a dog - 0.5:snow', 'a dog', [['snow', -0.5]]],
  ['black-and-white film', 'black-and-white film', []],
  ['a dog +', 'a dog', []],
  ['at 12:30', 'at 12:30', []],
  ['', '', []],
]
for (const [input, text, others] of typed) {
  test(`"${input}" is taken apart`, () => {
    const terms = others.map(([text, weight]) => textTerm(text, weight))
    assert.deepEqual(chipsOf(input), { text, terms })
    assert.deepEqual(splitText(input), text ? [textTerm(text), ...terms] : terms)
  })
}
