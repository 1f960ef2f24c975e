import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, renameSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { readLocalPicture } from '../../src/media/read-local-picture.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const bytes = seededBytes(5000)
const MAX = 10_000

/** A data folder, a secret beside it, and a reader of paths below the folder. */
function makeFolder (t: Test) {
  const base = t.testdir({
    root: { project: {}, empty: {} },
    rooted: { 'x.jpg': 'beside, with the same beginning of the name' },
    'secret.jpg': 'secret'
  })
  const root = join(base, 'root')
  writeFileSync(join(root, 'project', 'x.jpg'), bytes)
  const read = (path: string, maxBytes = MAX, signal = new AbortController().signal) =>
    readLocalPicture({ root, segments: path.split('/') }, maxBytes, signal)
  return { base, root, read }
}

t.test('the bytes, in a buffer of their own', async (t) => {
  const { root, read } = makeFolder(t)
  const picture = await read('project/x.jpg')
  t.same(picture, bytes)
  t.equal(picture.buffer.byteLength, 5000)
  writeFileSync(join(root, 'project', 'nothing.jpg'), '')
  t.equal((await read('project/nothing.jpg')).byteLength, 0)
  t.same(await read('project/./x.jpg'), bytes)
})

t.test('names of all kinds', async (t) => {
  const { root, read } = makeFolder(t)
  for (const name of ['a b.jpg', 'ä.jpg', '50%.jpg', '%2e%2e', '...', '..jpg', '#?.jpg', '-rf']) {
    writeFileSync(join(root, name), bytes)
    t.same(await read(name), bytes, name)
  }
})

t.test('the size bound holds before reading', async (t) => {
  const { root, read } = makeFolder(t)
  t.same(await read('project/x.jpg', 5000), bytes)
  await t.rejects(read('project/x.jpg', 4999), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
  const huge = join(root, 'huge.jpg')
  writeFileSync(huge, '')
  truncateSync(huge, 2 ** 40)
  await t.rejects(read('huge.jpg'), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES', message: /1048576 MB/ })
})

t.test('a file of more than one read', async (t) => {
  const { root, read } = makeFolder(t)
  const size = 40 * 1024 * 1024 + 3
  writeFileSync(join(root, 'big.jpg'), '')
  truncateSync(join(root, 'big.jpg'), size)
  t.equal((await read('big.jpg', size)).byteLength, size)
  const cancelled = AbortSignal.abort(new Error('enough'))
  await t.rejects(read('big.jpg', size, cancelled), { message: 'enough' })
})

t.test('a file that changes its length meanwhile is no picture yet', async (t) => {
  const { root, read } = makeFolder(t)
  const path = join(root, 'growing.jpg')
  const size = 40 * 1024 * 1024
  for (const [later, word] of [[size + 1, 'longer'], [1000, 'shorter']] as const) {
    writeFileSync(path, '')
    truncateSync(path, size)
    // Between two reads the reader looks at the signal: the moment for somebody else to write.
    const signal = new AbortController().signal
    let looks = 0
    signal.throwIfAborted = () => { if (++looks === 2) truncateSync(path, later) }
    await t.rejects(read('growing.jpg', 2 * size, signal), { code: 'POSE_ERR_SOURCE_FAILED', message: new RegExp(`became ${word}`) })
  }
})

t.test('what is not there', async (t) => {
  const { root, read } = makeFolder(t)
  for (const path of ['project/y.jpg', 'other/x.jpg', 'project/x.jpg/y.jpg', `${'x'.repeat(300)}.jpg`]) {
    await t.rejects(read(path), { code: 'POSE_ERR_SOURCE_NOT_FOUND' }, path.slice(0, 40))
  }
  symlinkSync('nowhere', join(root, 'dangling.jpg'))
  await t.rejects(read('dangling.jpg'), { code: 'POSE_ERR_SOURCE_NOT_FOUND' })
  await t.rejects(readLocalPicture({ root: join(root, 'missing'), segments: ['x.jpg'] }, MAX, new AbortController().signal), { code: 'POSE_ERR_SOURCE_NOT_FOUND' })
})

t.test('what is no regular file, without waiting for it', { skip: process.platform === 'win32' && 'needs mkfifo' }, async (t) => {
  const { root, read } = makeFolder(t)
  execFileSync('mkfifo', [join(root, 'fifo.jpg')])
  for (const path of ['fifo.jpg', 'project', '.', '']) {
    const error = path === '.' || path === '' ? 'SOURCE_OUTSIDE' : 'SOURCE_UNSUPPORTED'
    await t.rejects(read(path), { code: `POSE_ERR_${error}` }, path)
  }
})

t.test('without permission', { skip: process.getuid?.() === 0 && 'root may read everything' }, async (t) => {
  const { root, read } = makeFolder(t)
  chmodSync(join(root, 'project', 'x.jpg'), 0)
  await t.rejects(read('project/x.jpg'), { code: 'POSE_ERR_SOURCE_DENIED' })
})

t.test('paths out of the folder', async (t) => {
  const { read } = makeFolder(t)
  for (const path of ['../secret.jpg', 'project/../../secret.jpg', '..', 'project/..', '../root/project/x.jpg', '../rooted/x.jpg', '..\\secret.jpg', 'project\\..\\..\\secret.jpg', 'x\0.jpg']) {
    await t.rejects(read(path), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, JSON.stringify(path))
  }
  await t.rejects(read('/etc/passwd'), { code: 'POSE_ERR_SOURCE_NOT_FOUND' }, 'an absolute path is below the folder, too')
})

t.test('symbolic links', async (t) => {
  const { base, root, read } = makeFolder(t)
  symlinkSync(join(base, 'secret.jpg'), join(root, 'absolute.jpg'))
  symlinkSync('../secret.jpg', join(root, 'relative.jpg'))
  symlinkSync(base, join(root, 'folder'))
  symlinkSync('../rooted', join(root, 'neighbour'))
  symlinkSync('absolute.jpg', join(root, 'link-to-link.jpg'))
  symlinkSync('/dev/zero', join(root, 'device.jpg'))
  symlinkSync('ring', join(root, 'ring'))
  for (const path of ['absolute.jpg', 'relative.jpg', 'folder/secret.jpg', 'neighbour/x.jpg', 'link-to-link.jpg', 'device.jpg', 'ring', 'ring/x.jpg']) {
    await t.rejects(read(path), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, path)
  }
  symlinkSync('project/x.jpg', join(root, 'inside.jpg'))
  symlinkSync('project', join(root, 'inside'))
  t.same(await read('inside.jpg'), bytes, 'a link that stays inside is fine')
  t.same(await read('inside/x.jpg'), bytes)
  symlinkSync('root', join(base, 'alias'))
  t.same(await readLocalPicture({ root: join(base, 'alias'), segments: ['project', 'x.jpg'] }, MAX, new AbortController().signal), bytes, 'the root itself may be a link')
})

t.test('a folder that becomes a link while it is read', async (t) => {
  const { base, root, read } = makeFolder(t)
  mkdirSync(join(base, 'outside'))
  writeFileSync(join(base, 'outside', 'x.jpg'), 'secret')
  symlinkSync('../outside', join(root, 'trap'))
  const swap = { on: true }
  const swapped = (async () => {
    while (swap.on) {
      // project: folder -> link to the outside -> folder again
      renameSync(join(root, 'project'), join(root, 'aside'))
      renameSync(join(root, 'trap'), join(root, 'project'))
      await new Promise(setImmediate)
      renameSync(join(root, 'project'), join(root, 'trap'))
      renameSync(join(root, 'aside'), join(root, 'project'))
      await new Promise(setImmediate)
    }
  })()
  const seen: Record<string, number> = {}
  const start = performance.now()
  // Half a second of it, and on a busy machine until both sides have been seen.
  while (performance.now() < start + 500 || (!(seen['picture'] && seen['SOURCE_OUTSIDE']) && performance.now() < start + 20_000)) {
    await Promise.all(Array.from({ length: 8 }, async () => {
      const outcome = await read('project/x.jpg').then((picture) => picture.byteLength === 5000 ? 'picture' : 'secret', (error) => String(error.errorName ?? error))
      seen[outcome] = (seen[outcome] ?? 0) + 1
    }))
  }
  swap.on = false
  await swapped
  t.comment(seen)
  t.notOk(seen['secret'], 'the file outside was never read')
  t.ok(seen['picture'], 'the true one was')
  t.ok(seen['SOURCE_OUTSIDE'], 'and the link was met')
  t.strictSame(Object.keys(seen).filter((outcome) => !['picture', 'SOURCE_OUTSIDE', 'SOURCE_NOT_FOUND'].includes(outcome)), [])
  unlinkSync(join(root, 'trap'))
})
