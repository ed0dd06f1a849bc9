import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inFrench } from '../src/i18n/errors.ts'

test('a problem is translated by its code, with what it quotes', () => {
  const problem = {
    detail: "no item has a key 'naem'; did you mean 'name'? there are: lang, name, width",
    code: 'key-unknown' as const,
    values: { key: 'naem', known: 'lang, name, width' },
  }
  assert.equal(inFrench(problem), 'Aucun élément n’a de champ naem. Champs existants\u00a0: lang, name, width.')
})

test('a problem without anything quoted is translated', () => {
  const problem = { detail: "the server's disk is full", code: 'disk-full' as const, values: {} }
  assert.equal(inFrench(problem), 'Le disque du serveur est plein.')
})

test('a problem without a code stays as it is', () => {
  assert.equal(inFrench({ detail: 'no such thing' }), 'no such thing')
})
