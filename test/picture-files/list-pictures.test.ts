import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { CliError } from '../../src/cli/command.ts'
import { readPictureWords } from '../../src/cli/read-picture-words.ts'
import { listPictures } from '../../src/picture-files/list-pictures.ts'

/** A folder with these files; the contents do not matter. */
function makeFiles (t: Test, ...names: string[]): string {
  const folder = t.testdir()
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), name)
  }
  return folder
}

/** The names that words, below a folder, mean. */
async function namesOf (folder: string, words: readonly string[], { root = null, except = [] }: { root?: string | null, except?: string[] } = {}): Promise<string[]> {
  const { sources, root: chosen } = await readPictureWords(words.map((word) => join(folder, word)), root)
  const names: string[] = []
  for await (const { name } of listPictures(sources, { root: chosen, except: new Set(except) })) names.push(name)
  return names
}

t.test('a folder with all its folders, in order of names, hidden ones left out', async (t) => {
  const folder = makeFiles(t, 'b.jpg', 'a.JPEG', 'notes.txt', 'day2/x.png', 'day2/deep/y.webp', '.hidden/z.jpg', '.z.jpg', 'day2.jpg/in.gif', 'c.tiff')
  t.same(await namesOf(folder, ['.']), ['a.JPEG', 'b.jpg', 'c.tiff', 'day2/deep/y.webp', 'day2/x.png', 'day2.jpg/in.gif'])
  t.same(await namesOf(folder, ['.hidden']), ['z.jpg'], 'but one that is named itself counts')
  t.same(await namesOf(folder, ['.'], { except: [join(folder, 'day2')] }), ['a.JPEG', 'b.jpg', 'c.tiff', 'day2.jpg/in.gif'])
})

t.test('names begin in the deepest folder that holds everything, so that two folders keep their pictures apart', async (t) => {
  const folder = makeFiles(t, 'sets/a/1.jpg', 'sets/b/1.jpg', 'sets/b/2.jpg', 'other/1.jpg')
  t.same(await namesOf(folder, ['sets/a']), ['1.jpg'])
  t.same(await namesOf(folder, ['sets/b', 'sets/a']), ['b/1.jpg', 'b/2.jpg', 'a/1.jpg'])
  t.same(await namesOf(folder, ['sets/a', 'other/1.jpg']), ['sets/a/1.jpg', 'other/1.jpg'])
  t.same(await namesOf(folder, ['sets/b/2.jpg', 'sets/b/1.jpg']), ['2.jpg', '1.jpg'], 'files in the order of the command line')
  t.same(await namesOf(folder, ['sets/a'], { root: folder }), ['sets/a/1.jpg'])
  await t.rejects(namesOf(folder, ['sets/a'], { root: join(folder, 'other') }), CliError)
  await t.rejects(namesOf(folder, ['sets/a'], { root: join(folder, 'set') }), CliError, 'the beginning of a name is no folder')
})

t.test('patterns', async (t) => {
  const folder = makeFiles(t, 'a.jpg', 'a.png', 'a.txt', 'x/b.jpg', 'x/y/c.jpg', 'x/y/.d.jpg', '.h/e.jpg', 'photo[1].jpg', 'photo1.jpg')
  t.same(await namesOf(folder, ['*.jpg']), ['a.jpg', 'photo1.jpg', 'photo[1].jpg'])
  t.same(await namesOf(folder, ['**/*.jpg']), ['a.jpg', 'photo1.jpg', 'photo[1].jpg', 'x/b.jpg', 'x/y/c.jpg'])
  t.same(await namesOf(folder, ['x/*']), ['b.jpg'], 'names begin where the pattern does')
  t.same(await namesOf(folder, ['{x,x/y}/*.jpg']), ['x/b.jpg', 'x/y/c.jpg'])
  t.same(await namesOf(folder, ['a.*']), ['a.jpg', 'a.png'], 'what does not end like a picture is left out')
  t.same(await namesOf(folder, ['photo[1].jpg']), ['photo[1].jpg'], 'a file that is there is no pattern')
  t.same(await namesOf(folder, ['x/y/../*.jpg']), ['b.jpg'])
})

t.test('each picture once, however often it is named', async (t) => {
  const folder = makeFiles(t, 'a.jpg', 'x/b.jpg', 'x/c.jpg')
  t.same(await namesOf(folder, ['.', 'x', 'x/b.jpg', '**/*.jpg']), ['a.jpg', 'x/b.jpg', 'x/c.jpg'])
  t.same(await namesOf(folder, ['x/c.jpg', 'x', 'x/c.jpg']), ['c.jpg', 'b.jpg'])
  t.same(await namesOf(folder, ['a.jpg', 'a.jpg']), ['a.jpg'])
})

t.test('links to files are followed, links to folders are not, since they may form a ring', async (t) => {
  const folder = makeFiles(t, 'real/a.jpg', 'set/b.jpg')
  symlinkSync(join(folder, 'real', 'a.jpg'), join(folder, 'set', 'link.jpg'))
  symlinkSync(folder, join(folder, 'set', 'ring'))
  symlinkSync(folder, join(folder, 'set', 'ring.jpg'))
  t.same(await namesOf(folder, ['set']), ['b.jpg', 'link.jpg'])
  symlinkSync(join(folder, 'real'), join(folder, 'linked'))
  t.same(await namesOf(folder, ['linked']), ['a.jpg'], 'but one that is named itself is')
})

t.test('size and time of the last change, and what cannot be looked at', async (t) => {
  const folder = makeFiles(t, 'a.jpg', 'locked/b.jpg')
  utimesSync(join(folder, 'a.jpg'), 1_700_000_000, 1_700_000_000.25)
  symlinkSync(join(folder, 'gone'), join(folder, 'broken.jpg'))
  symlinkSync(join(folder, 'gone'), join(folder, 'broken'))
  const locks = process.getuid?.() !== 0
  if (locks) chmodSync(join(folder, 'locked'), 0o000)
  const { sources, root } = await readPictureWords([folder], null)
  const found = []
  for await (const file of listPictures(sources, { root, except: new Set() })) found.push(file)
  chmodSync(join(folder, 'locked'), 0o755)
  t.match(found, [
    { name: 'a.jpg', path: join(folder, 'a.jpg'), state: { bytes: 5, modified: '2023-11-14T22:13:20.250Z' } },
    { name: 'broken.jpg', fault: 'ENOENT' },
    locks ? { name: 'locked', fault: 'EACCES' } : { name: 'locked/b.jpg' }
  ])
  t.equal(found.length, 3)
})

t.test('a word that means nothing is a sentence', async (t) => {
  const folder = makeFiles(t, 'a.jpg')
  await t.rejects(readPictureWords([], null), { message: /^No pictures are named/ })
  await t.rejects(namesOf(folder, ['b.jpg']), { name: 'CliError', message: `There is no file or folder ${join(folder, 'b.jpg')}.` })
  await t.rejects(namesOf(folder, ['nowhere/*.jpg']), { name: 'CliError', message: /^There is no folder .*nowhere/ })
})
