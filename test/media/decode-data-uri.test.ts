import t from 'tap'
import { decodeDataUri } from '../../src/media/decode-data-uri.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const MAX = 1000
const bytes = seededBytes(300)
const base64 = Buffer.from(bytes).toString('base64')

function percent (data: Uint8Array): string {
  return Array.from(data, (value) => `%${value.toString(16).padStart(2, '0')}`).join('')
}

t.test('every way of writing the same bytes', async (t) => {
  const forms = {
    plain: `data:image/png;base64,${base64}`,
    'upper case': `DATA:IMAGE/PNG;BASE64,${base64}`,
    octets: `data:application/octet-stream;base64,${base64}`,
    parameters: `data:image/jpeg;charset=utf-8;name=a.jpg;base64,${base64}`,
    'spaces in the header': `data:image/jpeg; base64,${base64}`,
    'URL-safe digits': `data:image/png;base64,${base64.replaceAll('+', '-').replaceAll('/', '_')}`,
    'escaped digits': `data:image/png;base64,${encodeURIComponent(base64)}`,
    'line breaks': `data:image/png;base64,${base64.replace(/.{76}/g, '$&\r\n')}`,
    'percent-encoded': `data:image/png,${percent(bytes)}`,
    'percent-encoded, upper case': `data:image/png,${percent(bytes).toUpperCase()}`
  }
  for (const [name, uri] of Object.entries(forms)) {
    const decoded = decodeDataUri(uri, MAX)
    t.same(decoded, bytes, name)
    t.equal(decoded.buffer.byteLength, decoded.byteLength, `${name}: a buffer of its own`)
  }
})

t.test('padding may be there or not', async (t) => {
  for (const length of [1, 2, 3, 4, 5]) {
    const text = Buffer.from(bytes.subarray(0, length)).toString('base64')
    t.same(decodeDataUri(`data:image/png;base64,${text}`, MAX), bytes.subarray(0, length))
    t.same(decodeDataUri(`data:image/png;base64,${text.replaceAll('=', '')}`, MAX), bytes.subarray(0, length))
  }
})

t.test('plain characters stand for themselves', async (t) => {
  t.same(Buffer.from(decodeDataUri('data:image/gif,GIF89a%00,;é', MAX)), Buffer.from('GIF89a\0,;é'))
})

t.test('empty payloads are empty', async (t) => {
  t.equal(decodeDataUri('data:image/png;base64,', MAX).byteLength, 0)
  t.equal(decodeDataUri('data:image/png,', MAX).byteLength, 0)
})

t.test('damaged text', async (t) => {
  for (const uri of [
    `data:image/png;base64,${base64.slice(0, 41)}`, // one digit too many
    `data:image/png;base64,${base64.slice(0, 40)}!!!!${base64.slice(40)}`,
    `data:image/png;base64,${base64.slice(0, 40)}=${base64.slice(40)}`,
    'data:image/png;base64,%E0%A4%A',
    'data:image/png,%',
    'data:image/png,%4',
    'data:image/png,%4g',
    'data:image/png,%é1'
  ]) t.throws(() => decodeDataUri(uri, MAX), { code: 'POSE_ERR_IMAGE_UNREADABLE' }, uri.slice(0, 60))
})

t.test('what is no picture', async (t) => {
  for (const uri of ['data:,abc', 'data:;base64,AAAA', 'data:text/html,<b>', 'data:text/plain;base64,AAAA', 'data:image;base64,AAAA', 'data:image/png;base64', `data:image/png;x=${'y'.repeat(2000)},AAAA`]) {
    t.throws(() => decodeDataUri(uri, MAX), { code: 'POSE_ERR_SOURCE_UNSUPPORTED' }, uri.slice(0, 60))
  }
  try {
    decodeDataUri('data:text/plain,secret', MAX)
  } catch (error) {
    t.notMatch((error as Error).message, 'secret', 'the payload is not repeated')
    t.match((error as Error).message, 'text/plain')
  }
})

t.test('the size bound', async (t) => {
  for (const length of [299, 300]) {
    const exceeds = length < 300
    for (const uri of [`data:image/png;base64,${base64}`, `data:image/png;base64,${encodeURIComponent(base64)}`, `data:image/png,${percent(bytes)}`, `data:image/png,${'x'.repeat(300)}`]) {
      if (exceeds) t.throws(() => decodeDataUri(uri, length), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
      else t.equal(decodeDataUri(uri, length).byteLength, 300)
    }
  }
})

t.test('a text far too long is refused before it is decoded', async (t) => {
  const huge = 'A'.repeat(100_000_000)
  for (const header of ['data:image/png;base64,', 'data:image/png,']) {
    const uri = header + huge
    const before = process.memoryUsage().arrayBuffers
    t.throws(() => decodeDataUri(uri, 1_000_000), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
    t.ok(process.memoryUsage().arrayBuffers - before < 2_000_000, 'no buffer was made for it')
  }
})
