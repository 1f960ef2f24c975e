import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { stageFolder } from '../../src/exports/staged-folder.ts'
import { temporaryFolder } from '../factories/exported-tasks.ts'

t.test('nothing is in its place before the whole is', async (t) => {
  const out = join(await temporaryFolder(t), 'a', 'out')
  const staged = await stageFolder(out, ['one.json', 'labels'])
  await writeFile(join(staged.path, 'one.json'), 'new')
  await mkdir(join(staged.path, 'labels'))
  t.notOk((await readdir(out)).includes('one.json'))
  await staged.commit({ format: 'x' })
  await staged.discard()
  t.same((await readdir(out)).sort(), ['export.json', 'labels', 'one.json'])
  t.same(JSON.parse(await readFile(join(out, 'export.json'), 'utf8')), { format: 'x', files: ['labels', 'one.json'] })
})

t.test('what was not committed leaves nothing', async (t) => {
  const parent = await temporaryFolder(t)
  const staged = await stageFolder(join(parent, 'out'), ['one.json'])
  await writeFile(join(staged.path, 'one.json'), 'new')
  await staged.discard()
  t.same(await readdir(parent), [])
})

t.test('an earlier export is replaced as a whole, and nothing else is touched', async (t) => {
  const out = await temporaryFolder(t)
  const first = await stageFolder(out, ['one.json', 'labels', 'problems.csv'])
  for (const name of ['one.json', 'problems.csv']) await writeFile(join(first.path, name), 'old')
  await mkdir(join(first.path, 'labels', 'deep'), { recursive: true })
  await first.commit({})
  await symlink(out, join(out, 'images'))
  await writeFile(join(out, 'notes.txt'), 'mine')

  const second = await stageFolder(out, ['one.json', 'labels', 'problems.csv'])
  await writeFile(join(second.path, 'one.json'), 'new')
  await mkdir(join(second.path, 'labels'))
  await second.commit({})
  t.same((await readdir(out)).sort(), ['export.json', 'images', 'labels', 'notes.txt', 'one.json'], 'problems of another time are gone, what the user added is there')
  t.same(await readdir(join(out, 'labels')), [])
  t.equal(await readFile(join(out, 'one.json'), 'utf8'), 'new')

  await t.rejects(stageFolder(out, ['one.json', 'images']), { name: 'ExportFault', message: /images is there already, and not from an export/ })
})

t.test('files that are no export are not overwritten', async (t) => {
  for (const manifest of [null, '{"files": ["../x", 5]}', 'no json', '{"files": "labels"}']) {
    const out = await temporaryFolder(t)
    await writeFile(join(out, 'labels'), 'mine')
    if (manifest !== null) await writeFile(join(out, 'export.json'), manifest)
    await t.rejects(stageFolder(out, ['labels']), { name: 'ExportFault' })
    t.same((await readdir(out)).sort(), manifest === null ? ['labels'] : ['export.json', 'labels'])
  }
})
