import t from 'tap'
import { nameOfCopy } from '../../src/exports/name-of-copy.ts'
import { pathInStorage } from '../../src/exports/path-in-storage.ts'
import { pictureEnding } from '../../src/exports/picture-ending.ts'
import { drawPicture } from '../factories/drawn-picture.ts'

const studio = 'http://studio.example:8080/tool'

t.test('the path of a picture in its own storage', async (t) => {
  const cases: Array<[string, string | null]> = [
    ['/data/upload/3/7909a188-street.jpg', '3/7909a188-street.jpg'],
    ['/tool/data/upload/3/a%20b.jpg', '3/a b.jpg'],
    [`${studio}/data/upload/3/a.jpg`, '3/a.jpg'],
    ['/data/local-files/?d=sets/one/a.jpg', 'sets/one/a.jpg'],
    [`${studio}/data/local-files/?d=sets%2Fa.jpg`, 'sets/a.jpg'],
    ['s3://bucket/deep/key.png', 'deep/key.png'],
    ['gs://bucket/a.png', 'a.png'],
    [`/tasks/5/resolve/?fileuri=${Buffer.from('s3://bucket/deep/key.png').toString('base64url')}`, 'deep/key.png'],
    ['https://example.org/pictures/a.jpg?signature=secret', 'pictures/a.jpg'],
    ['https://example.org/x/%2e%2e/%2e%2e/etc/passwd', 'etc/passwd'],
    ['https://example.org/', null],
    ['data:image/png;base64,AAAA', null],
    ['/data/upload/../../etc/passwd', null],
    ['ftp://example.org/a.jpg', null],
    ['s3://bucket/../../a.png', 'a.png'],
    ['s3://bucket/a\\..\\b.png', 'a_.._b.png']
  ]
  for (const [address, expected] of cases) t.equal(pathInStorage(address, studio), expected, address)
})

t.test('the name of a copy', async (t) => {
  t.equal(nameOfCopy(12, '3/7909a188-street.jpeg', 'jpg'), '12-7909a188-street.jpg')
  t.equal(nameOfCopy(12, 'a/Straße & Platz?.png', 'webp'), '12-Straße_Platz_.webp')
  t.equal(nameOfCopy(12, null, 'png'), '12-picture.png')
  t.ok(Buffer.byteLength(nameOfCopy(12, `${'ä'.repeat(1000)}.jpg`, 'jpg')) < 255, 'a file system takes it')
})

t.test('the ending of a picture, by its bytes', async (t) => {
  for (const [format, ending] of [['jpeg', 'jpg'], ['png', 'png'], ['webp', 'webp']] as const) t.equal(pictureEnding(await drawPicture({ format })), ending)
  t.equal(pictureEnding(Buffer.from('hello')), 'bin')
})
