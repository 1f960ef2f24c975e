import t from 'tap'
import { splitJsonArray } from '../../src/exports/split-json-array.ts'

async function split (text: string, chunkSize = text.length, maxBytes = 1e6): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  async function * chunks () { for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize) }
  const elements: unknown[] = []
  for await (const element of splitJsonArray(chunks(), maxBytes)) elements.push(JSON.parse(element))
  return elements
}

// Lists of all kinds, in pieces of all sizes, are in test/properties/parsers.test.ts.
t.test('a byte order mark in front, and white space', async (t) => {
  t.same(await split('\ufeff [ ] \n'), [])
})

t.test('what is no complete list', async (t) => {
  for (const text of ['{"a": 1}', '"[]"', 'x', '[1] [2]', '[1]]']) await t.rejects(split(text), { name: 'ExportFault', message: /no list of tasks/ }, text)
  for (const text of ['', '  ', '[', '[1', '[1,', '[{"a": "]"']) await t.rejects(split(text), { name: 'ExportFault', message: /ends in the middle/ }, text)
  await t.rejects(split(`["${'x'.repeat(5000)}"]`, 100, 1000), { name: 'ExportFault', message: /longer than/ })
  t.equal((await split(`[${'"xxxx",'.repeat(2000)}1]`, 100, 1000)).length, 2001, 'it is about one element')
})
