import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choose, equals, isCondition } from '../src/conditions.ts'

test('texts are quoted, numbers are not', () => {
  assert.equal(equals('split', 'train'), 'split="train"')
  assert.equal(equals('year', 2003), 'year=2003')
  assert.equal(equals('shared', true), 'shared=true')
})

test('a choice replaces the choice before', () => {
  assert.deepEqual(choose(['split="dev"', 'splits="x"'], 'split', 'train'), ['splits="x"', 'split="train"'])
  assert.deepEqual(choose(['split="dev"', 'width>=9'], 'split', null), ['width>=9'])
})

test('conditions are told from other words', () => {
  for (const yes of ['a=1', 'width >= 800', 'city~par', 'x != "y z"']) assert.ok(isCondition(yes), yes)
  for (const no of ['', 'width', '=3', 'width>=', 'a b']) assert.ok(!isCondition(no), no)
})
