import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Answers } from '../src/answers.ts'

const answer = { hits: [], cursor: null, took_ms: 1, unknown_words: [], relevance_cut: null }

test('an answer is kept for a minute', () => {
  const answers = new Answers()
  answers.put('a dog', answer, 0)
  assert.equal(answers.get('a dog', 59_000), answer)
  assert.equal(answers.get('a dog', 60_000), undefined)
  assert.equal(answers.get('a cat', 0), undefined)
})

test('the oldest answers are dropped', () => {
  const answers = new Answers()
  for (let i = 0; i < 60; i++) answers.put(`query ${i}`, answer, 0)
  assert.equal(answers.get('query 9', 0), undefined)
  assert.equal(answers.get('query 10', 0), answer)
})

test('a changed collection has other answers', () => {
  const answers = new Answers()
  answers.put('a dog', answer, 0)
  answers.clear()
  assert.equal(answers.get('a dog', 0), undefined)
})
