import t from 'tap'
import { describeAddress } from '../../src/media/describe-address.ts'

t.test('shows where, hides what must not be seen', async (t) => {
  const cases: [address: string, shown: string][] = [
    ['https://host/a/b.jpg', 'https://host/a/b.jpg'],
    ['https://host/b.jpg?X-Amz-Signature=secret', 'https://host/b.jpg'],
    ['https://host/b.jpg#secret', 'https://host/b.jpg'],
    ['https://user:secret@host/b.jpg', 'https://host/b.jpg'],
    ['https://us@er:secret@host/b.jpg?x', 'https://host/b.jpg'],
    ['https:\\\\user:secret@host/b.jpg', 'https:\\\\host/b.jpg'],
    ['https:user:secret@host/b.jpg', 'https:host/b.jpg'],
    ['//user:secret@host/b.jpg', '//host/b.jpg'],
    ['ht\ttps://user:sec\nret@host/b.jpg', 'https://host/b.jpg'],
    ['/data/a@b.jpg', '/data/a@b.jpg'],
    ['https://host/a@b.jpg', 'https://host/a@b.jpg'],
    ['/data/local-files/?d=secret', '/data/local-files/'],
    ['data:image/png;base64,secret', 'data: address'],
    [' DATA:image/png,secret', 'data: address'],
    ['/a\u0000b\r\nc\u202Ed.jpg', '/abcd.jpg'],
    [`/${'x'.repeat(200)}`, `/${'x'.repeat(119)}...`]
  ]
  for (const [address, shown] of cases) t.equal(describeAddress(address), shown, address.slice(0, 40))
  t.equal(describeAddress(new URL('https://user:secret@host/b.jpg?token=secret')), 'https://host/b.jpg')
})
