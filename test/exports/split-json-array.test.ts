import t from 'tap'
import { splitJsonArray } from '../../src/exports/split-json-array.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

async function split (text: string, chunkSize = text.length, maxBytes = 1e6): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  async function * chunks () { for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize) }
  const elements: unknown[] = []
  for await (const element of splitJsonArray(chunks(), maxBytes)) elements.push(JSON.parse(element))
  return elements
}

t.test('gives what JSON.parse gives, wherever the chunks end', async (t) => {
  const random = createSeededRandom(3)
  const odd = ['"', '\\', '\\"', '[', ']}', ',', 'ä', '\u{1F9D1}', '\n', '', 'plain']
  const value = (depth: number): unknown => {
    const kind = Math.floor(random() * (depth > 3 ? 4 : 6))
    const list = Array.from({ length: Math.floor(random() * 4) }, () => depth)
    switch (kind) {
      case 0: return odd[Math.floor(random() * odd.length)]! + odd[Math.floor(random() * odd.length)]!
      case 1: return random() * 1e6
      case 2: return random() < 0.5
      case 3: return null
      case 4: return list.map(() => value(depth + 1))
      default: return Object.fromEntries(list.map((_, i) => [`${odd[Math.floor(random() * odd.length)]}${i}`, value(depth + 1)]))
    }
  }
  for (let round = 0; round < 300; round++) {
    const expected = Array.from({ length: Math.floor(random() * 6) }, () => value(0))
    const text = JSON.stringify(expected, null, round % 3)
    const got = await split(text, 1 + Math.floor(random() * 9))
    if (JSON.stringify(got) !== JSON.stringify(expected)) t.same(got, expected, text)
  }
  t.same(await split('\ufeff [ ] \n'), [])
})

t.test('what is no complete list', async (t) => {
  for (const text of ['{"a": 1}', '"[]"', 'x', '[1] [2]', '[1]]']) await t.rejects(split(text), { name: 'ExportFault', message: /no list of tasks/ }, text)
  for (const text of ['', '  ', '[', '[1', '[1,', '[{"a": "]"']) await t.rejects(split(text), { name: 'ExportFault', message: /ends in the middle/ }, text)
  await t.rejects(split(`["${'x'.repeat(5000)}"]`, 100, 1000), { name: 'ExportFault', message: /longer than/ })
  t.equal((await split(`[${'"xxxx",'.repeat(2000)}1]`, 100, 1000)).length, 2001, 'it is about one element')
})
