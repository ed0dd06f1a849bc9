import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Item, Json } from '../src/api.ts'
import { toCsv, toJson, toPaths } from '../src/exports.ts'

function item(id: string, source: string, metadata: Record<string, Json>): Item {
  return { id, modality: 'image', source, text: null, metadata, width: 4, height: 3 }
}

const items = [
  item('a', 'one.jpg', { taken: '2024-05-01', camera: 'Say "cheese", Inc.' }),
  item('b', '=cmd().jpg', { width: 4, keywords: ['sea', 'sky'], rating: -1, note: 'two\nlines' }),
]

test('a table has a column for each key, and quotes what needs it', () => {
  assert.equal(
    toCsv(items),
    'id,source,width,height,taken,camera,keywords,rating,note\r\n' +
      'a,one.jpg,4,3,2024-05-01,"Say ""cheese"", Inc.",,,\r\n' +
      'b,\'=cmd().jpg,4,3,,,"[""sea"",""sky""]",-1,"two\nlines"\r\n',
  )
})

test('JSON keeps values as they are', () => {
  const read = JSON.parse(toJson(items)) as Item[]
  assert.deepEqual(read[1]!.metadata, items[1]!.metadata)
  assert.equal(read[1]!.source, '=cmd().jpg')
})

test('paths are one a line', () => {
  assert.equal(toPaths(items), 'one.jpg\n=cmd().jpg')
})
