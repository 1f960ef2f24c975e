import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { replaceFile } from '../../src/model-store/replace-file.ts'

t.test('the old file or the new one, and nothing beside it', async (t) => {
  const folder = t.testdir({ 'facts.json': 'old' })
  await replaceFile(join(folder, 'facts.json'), 'new')
  t.equal(await readFile(join(folder, 'facts.json'), 'utf8'), 'new')
  t.same(await readdir(folder), ['facts.json'])
})

t.test('what cannot be put in its place is not left beside it', async (t) => {
  const folder = t.testdir()
  await mkdir(join(folder, 'facts.json'))
  await writeFile(join(folder, 'facts.json', 'inside'), '')
  await t.rejects(replaceFile(join(folder, 'facts.json'), 'new'), { code: 'EISDIR' })
  t.same(await readdir(folder), ['facts.json'])
})
