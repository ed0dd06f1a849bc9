import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldName, readableCondition } from '../src/i18n/fields.ts'

test('a field has a name in each language, or its own', () => {
  assert.equal(fieldName('taken', 'fr'), 'Prise le')
  assert.equal(fieldName('taken', 'en'), 'Taken')
  assert.equal(fieldName('couleur', 'en'), 'couleur')
})

test('a condition is written for people', () => {
  assert.equal(readableCondition('lang="fr"', 'en'), 'Language: fr')
  assert.equal(readableCondition('lang="fr"', 'fr'), 'Langue\u00a0: fr')
  assert.equal(readableCondition('width>=800', 'fr'), 'Largeur ≥ 800')
  assert.equal(readableCondition('nonsense', 'en'), 'nonsense')
})
