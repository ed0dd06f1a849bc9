import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { components, operations } from '../src/schema.ts'

// What a client that is generated with default options may write. `svelte-check` compiles it.

type Schemas = components['schemas']
type Body<Name extends keyof operations, Kind extends string> = operations[Name] extends {
  requestBody: { content: Record<Kind, infer Content> }
}
  ? Content
  : never

const words: Schemas['SearchRequest'] = { terms: [{ text: 'a dog' }] }
const described: Body<'describe', 'application/json'> = { item: 'abc', box: [0, 0, 10, 10] }
const form: Body<'search', 'multipart/form-data'> = {
  query: { terms: [{ upload: 'photo' }, { text: 'at night', weight: 2 }], modality: null },
  photo: new Blob(['…']),
}
const added: Body<'addItem', 'multipart/form-data'> = { file: new Blob(['…']), metadata: { album: '2026' } }
const listed: NonNullable<operations['listItems']['parameters']['query']> = { order: '-taken', where: ['favourite=true'] }
const marked: Schemas['MarkManyRequest'] = { ids: ['abc'], metadata: { favourite: true, note: null } }
const size: NonNullable<NonNullable<operations['thumbnail']['parameters']['query']>['size']> = 256

// @ts-expect-error - no term is called words
const misspelt: Schemas['SearchRequest'] = { terms: [{ words: 'a dog' }] }
// @ts-expect-error - no such order
const unordered: NonNullable<operations['listItems']['parameters']['query']> = { order: 'name' }

function read(response: Schemas['SearchResponse']): string[] {
  return response.hits.map((hit) => `${hit.score.toFixed(3)} ${hit.source} ${String(hit.metadata['taken'] ?? '')}`)
}

test('a generated client may say what it should', () => {
  const all = [words, described, form, added, listed, marked, size, misspelt, unordered]
  assert.equal(all.length, 9)
  assert.deepEqual(read({ hits: [], cursor: null, exact: true, took_ms: 1, unknown_words: [], relevance_cut: null }), [])
})
