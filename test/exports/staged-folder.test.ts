import { chmodSync, readdirSync } from 'node:fs'
import { chmod, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import t from 'tap'
import { stageFolder, type StagedFolder } from '../../src/exports/staged-folder.ts'
import { temporaryFolder } from '../factories/exported-tasks.ts'
import { withoutPrivileges } from '../factories/without-privileges.ts'

/** Stages files by their paths. */
async function stage (out: string, files: Readonly<Record<string, string>>): Promise<StagedFolder> {
  const staged = await stageFolder(out, Object.keys(files).map((path) => path.split('/')[0]!))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(staged.path, path)), { recursive: true })
    await writeFile(join(staged.path, path), text)
  }
  return staged
}

async function writeEarlier (out: string, files: Readonly<Record<string, string>>): Promise<void> {
  await (await stage(out, files)).commit({ format: 'earlier' })
}

/** Every file in a folder, those whose names begin with a dot too, with what is in it; manifests as their `format`. */
async function readAll (folder: string): Promise<Record<string, string>> {
  const paths = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(await Promise.all(paths.map(async (path) => {
    const text = await readFile(path, 'utf8')
    return [path.slice(folder.length + 1), path.endsWith('export.json') ? (JSON.parse(text) as { format: string }).format : text]
  })))
}

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
  for (const manifest of [null, '{"files": ["../x", 5]}', 'no json', '{"files": "labels"}', '{"files": ["labels", 5]}', '[{"id": 1}]', 'null']) {
    const out = await temporaryFolder(t)
    await writeFile(join(out, 'labels'), 'mine')
    if (manifest !== null) await writeFile(join(out, 'export.json'), manifest)
    await t.rejects(stageFolder(out, ['labels']), { name: 'ExportFault' })
    t.same((await readdir(out)).sort(), manifest === null ? ['labels'] : ['export.json', 'labels'])
  }
})

t.test('a file of Label Studio, or a folder, that is called as the manifest is none', async (t) => {
  const [out, other] = [await temporaryFolder(t), await temporaryFolder(t)]
  await writeFile(join(out, 'export.json'), '[{"id": 1, "data": {}}]')
  await mkdir(join(other, 'export.json'))
  for (const folder of [out, other]) await t.rejects(stageFolder(folder, ['labels']), { name: 'ExportFault', message: /export\.json is there already/ })
  t.equal(await readFile(join(out, 'export.json'), 'utf8'), '[{"id": 1, "data": {}}]')
})

t.test('a file of the earlier export that is removed meanwhile is not missed', async (t) => {
  const out = await temporaryFolder(t)
  await writeEarlier(out, { 'a.json': 'old', 'problems.csv': 'old', 'z.json': 'old' })
  const staged = await stage(out, { 'a.json': 'new' })
  await rm(join(out, 'problems.csv'))
  await staged.commit({ format: 'new' })
  await staged.discard()
  t.same(await readAll(out), { 'a.json': 'new', 'export.json': 'new' })
})

t.test('a file of the user that has come meanwhile stays, and so does the earlier export', async (t) => {
  const out = await temporaryFolder(t)
  await writeEarlier(out, { 'a.json': 'old' })
  const staged = await stage(out, { 'a.json': 'new', 'problems.csv': 'new' })
  await writeFile(join(out, 'problems.csv'), 'mine')
  await t.rejects(staged.commit({ format: 'new' }), { name: 'ExportFault', message: /problems\.csv is there already, and not from an export/ })
  await staged.discard()
  t.same(await readAll(out), { 'a.json': 'old', 'problems.csv': 'mine', 'export.json': 'earlier' })
})

t.test('after a failure midway the earlier export is there again', async (t) => {
  withoutPrivileges(t)
  const earlier = { 'a.json': 'old', 'labels/1.txt': 'old', 'z.json': 'old' }
  for (const locked of ['earlier', 'new']) {
    const out = await temporaryFolder(t)
    await writeEarlier(out, earlier)
    const staged = await stage(out, { 'a.json': 'new', 'b.json': 'new', 'labels/1.txt': 'new', 'z.json': 'new' })
    // A folder that may not be written cannot be moved either.
    const labels = join(locked === 'earlier' ? out : staged.path, 'labels')
    await chmod(labels, 0o555)
    await t.rejects(staged.commit({ format: 'new' }), { code: 'EACCES' }, locked)
    await chmod(labels, 0o755)
    await staged.discard()
    t.same(await readAll(out), { ...earlier, 'export.json': 'earlier' }, locked)
    t.same((await readdir(out)).filter((name) => name.startsWith('.')), [], 'nothing is left over')
  }
})

t.test('what cannot be put back is not removed', async (t) => {
  withoutPrivileges(t)
  const out = await temporaryFolder(t)
  const earlier = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${index}.json`, `old ${index}`]))
  await writeEarlier(out, earlier)
  const staged = await stage(out, { '0.json': 'new', 'new.json': 'new' })
  const old = join(staged.path, '.earlier')
  const committed = t.rejects(staged.commit({ format: 'new' }), { name: 'ExportFault', message: `The new files cannot be put into ${out} (EACCES), nor all of the earlier export back: the rest of it lies in ${old}.` })
  while (!readdirSync(staged.path).includes('.earlier') || readdirSync(old).length === 0) await setImmediate()
  chmodSync(out, 0o555)
  await committed
  await chmod(out, 0o755)
  const [moved, left] = [await readAll(old), await readAll(out)]
  await staged.discard()
  t.same(await readdir(staged.path), ['.earlier'], 'the new files alone are gone')
  t.same(await readAll(old), moved)
  const { 'export.json': manifest, ...inPlace } = Object.fromEntries(Object.entries(left).filter(([path]) => !path.startsWith('.')))
  t.equal(manifest, 'earlier')
  t.same({ ...inPlace, ...moved }, earlier, 'every file is in one of the two')
})

t.test('of two exports into one folder the later one is there as a whole', async (t) => {
  const out = await temporaryFolder(t)
  await writeEarlier(out, { 'a.json': 'old', 'labels/1.txt': 'old' })
  const [first, second] = [await stage(out, { 'a.json': 'first', 'images/1.jpg': 'first', 'labels/1.txt': 'first' }), await stage(out, { 'a.json': 'second', 'labels/2.txt': 'second' })]
  await first.commit({ format: 'first' })
  await second.commit({ format: 'second' })
  t.same(await readAll(out), { 'a.json': 'second', 'labels/2.txt': 'second', 'export.json': 'second' })

  const both = ['x', 'y'].map((name) => ({ 'a.json': name, [`labels/${name}.txt`]: name, [`${name}.csv`]: name }))
  const staged = [await stage(out, both[0]!), await stage(out, both[1]!)]
  await Promise.all(staged.map((folder, index) => folder.commit({ format: 'xy'[index] })))
  const { 'export.json': format, ...files } = await readAll(out)
  t.same(files, both['xy'.indexOf(format!)], 'at the same moment too')

  await mkdir(join(out, '.export.lock'))
  const waiting = await stage(out, { 'a.json': 'z' })
  await t.rejects(waiting.commit({}, AbortSignal.timeout(150)), { name: 'TimeoutError' }, 'one that waits for another can be stopped')
  await waiting.discard()
  t.same(await readAll(out), { ...files, 'export.json': format })
})
