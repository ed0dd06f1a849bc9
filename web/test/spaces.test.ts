import assert from 'node:assert/strict'
import { test } from 'node:test'
import { words } from '../src/device/words.ts'
import { dictionaries } from '../src/i18n.ts'
import { duplicateMessages } from '../src/i18n/duplicates.ts'
import { inFrench } from '../src/i18n/errors.ts'

const French = [dictionaries.fr, duplicateMessages.fr, words.fr]

test('no French message breaks a line before its punctuation', () => {
  const said = French.flatMap((messages) =>
    Object.values(messages).map((message) => (typeof message === 'function' ? (message as any)(3, 2, 1) : message)),
  )
  assert.deepEqual(said.filter((message) => / [:;?!»%]|« /.test(String(message))), [])
  assert.equal(dictionaries.fr.welcome, 'Que cherchez-vous\u00a0?')
  assert.equal(dictionaries.fr.inAlbum('Bretagne'), 'Ajoutées à «\u00a0Bretagne\u00a0»')
})

test('nor does a problem of the server', () => {
  const problem = { detail: 'busy', code: 'busy' as const, values: {} }
  assert.equal(inFrench(problem), 'Le serveur est surchargé\u00a0: réessayez dans une seconde.')
})
