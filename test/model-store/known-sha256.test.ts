import { createHash } from 'node:crypto'
import { appendFile, readFile, readdir, rename, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { knownSha256 } from '../../src/model-store/known-sha256.ts'

const hashOf = async (path: string) => createHash('sha256').update(await readFile(path)).digest('hex')

t.test('a hash is remembered until the file changes in whatever way', async (t) => {
  const base = t.testdir()
  const path = join(base, 'model.onnx')
  const memory = { dir: join(base, 'mapped'), leastBytes: 10 }
  await writeFile(path, 'a network of some size')
  t.equal(await knownSha256(path, memory), await hashOf(path))
  t.same(await readdir(base), ['model.onnx'], 'one that was written just now may still change unseen')
  await sleep(2100)
  t.equal(await knownSha256(path, memory), await hashOf(path))
  const [note] = await readdir(memory.dir)
  const text = await readFile(join(memory.dir, note!), 'utf8')
  t.match(JSON.parse(text), { path, sha256: await hashOf(path) })

  // What is remembered is believed: this is how the test sees that nothing was read.
  const lie = 'ab'.repeat(32)
  const tellLie = () => writeFile(join(memory.dir, note!), text.replace(/[0-9a-f]{64}/, lie))
  await tellLie()
  t.equal(await knownSha256(path, memory), lie)
  t.equal(await knownSha256(path, null), await hashOf(path))
  t.equal(await knownSha256(path, { ...memory, leastBytes: 100 }), await hashOf(path))

  const { mtime } = await stat(path)
  const changes: Record<string, () => Promise<void>> = {
    longer: () => appendFile(path, '!'),
    'other bytes, the old time set again': async () => {
      await writeFile(path, 'A NETWORK OF SOME SIZE')
      await utimes(path, mtime, mtime)
    },
    'replaced by another file': async () => {
      await writeFile(`${path}.new`, 'another network of it.')
      await utimes(`${path}.new`, mtime, mtime)
      await rename(`${path}.new`, path)
    }
  }
  for (const [name, change] of Object.entries(changes)) {
    await tellLie()
    await change()
    t.equal(await knownSha256(path, memory), await hashOf(path), name)
  }
  for (const damage of ['', '{}', '{"sha256":"x"}', text.slice(0, 40)]) {
    await writeFile(join(memory.dir, note!), damage)
    t.equal(await knownSha256(path, memory), await hashOf(path), 'a note that cannot be read')
  }
  await t.rejects(knownSha256(join(base, 'none'), memory), { code: 'ENOENT' })
})

t.test('where nothing can be written the file is hashed all the same', async (t) => {
  const path = join(t.testdir(), 'model.onnx')
  await writeFile(path, 'a network of some size')
  await utimes(path, 1e9, 1e9)
  await sleep(2100)
  t.equal(await knownSha256(path, { dir: join(path, 'mapped'), leastBytes: 0 }), await hashOf(path))
})
