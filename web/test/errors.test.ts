import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inFrench } from '../src/i18n/errors.ts'

test('a message is translated with what it quotes', () => {
  const message = "no item has a key 'naem'; did you mean 'name'? there are: lang, name, width"
  const french = "Aucun élément n’a de champ 'naem'. Vouliez-vous dire 'name' ? Il y a : lang, name, width."
  assert.equal(inFrench(message), french)
})

test('a message without anything quoted is translated', () => {
  assert.equal(inFrench("the server's disk is full"), 'Le disque du serveur est plein.')
})

test('an unknown message stays as it is', () => {
  assert.equal(inFrench('no such thing'), 'no such thing')
})
