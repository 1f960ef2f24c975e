import t from 'tap'
import type { ImageTag } from '../../src/label-studio/parse-label-config.ts'
import { findTaskImages } from '../../src/label-studio/task-image.ts'

const tag = (value: string, overrides: Partial<ImageTag> = {}): ImageTag => ({ name: 'image', value, multi: false, ...overrides })
const find = (data: unknown, image: ImageTag, others: ImageTag[] = []) => findTaskImages(data, image, [image, ...others])
const one = (address: string) => [{ address, itemIndex: null }]
const missing = { code: 'POSE_ERR_SOURCE_MISSING' }

t.test('what the value names', async (t) => {
  t.same(find({ image: ' /data/upload/1/a.jpg ' }, tag('$image')), one('/data/upload/1/a.jpg'))
  t.same(find({ doc: [{ page: 'x.png' }, { page: 'y.png' }] }, tag('$doc[1].page')), one('y.png'))
  t.same(find({ 'doc[1].page': 'flat.png' }, tag('$doc[1].page')), one('flat.png'), 'a key written just so')
  t.same(find({ dir: 'a', n: 7 }, tag('https://example.org/$dir/$n?x')), one('https://example.org/a/7?x'))
  t.throws(() => find({ dir: 'a' }, tag('https://example.org/$dir/$n')), missing, 'half an address is none')
  t.same(find({}, tag('https://example.org/fixed.jpg')), one('https://example.org/fixed.jpg'))
  t.same(find({ image: 'a', other: 'b' }, tag('$other')), one('b'))
})

t.test('pages of a list', async (t) => {
  const pages = tag('$pages', { multi: true })
  t.same(find({ pages: ['a.jpg', '', 5, 'd.jpg'] }, pages), [{ address: 'a.jpg', itemIndex: 0 }, { address: 'd.jpg', itemIndex: 3 }])
  t.same(find({ pages: 'a.jpg' }, pages), [{ address: 'a.jpg', itemIndex: 0 }])
  t.throws(() => find({ image: ['a.jpg'] }, tag('$image')), { ...missing, message: /a list needs valueList/ })
})

t.test('falls back to $undefined$, then to the only address that looks like a picture', async (t) => {
  t.same(find({ $undefined$: 'a.jpg' }, tag('$image')), one('a.jpg'))
  t.same(find({ id: 'x', photo: 'https://example.org/a.JPG?size=1', page: 'https://example.org/about' }, tag('$image')), one('https://example.org/a.JPG?size=1'))
  t.same(find({ id: 'x', photo: 's3://bucket/key' }, tag('$image')), one('s3://bucket/key'))
  t.same(find({ photo: 'data:image/png;base64,AAAA' }, tag('$image')), one('data:image/png;base64,AAAA'))
  t.same(find({ photo: '/data/local-files/?d=a' }, tag('$image')), one('/data/local-files/?d=a'))
  t.throws(() => find({ a: 'x.jpg', b: 'y.jpg' }, tag('$image')), missing, 'two are none')
  t.throws(() => find({ a: 'x.jpg' }, tag('$image'), [tag('$a', { name: 'other' })]), missing, 'with two tags there is no guess')
})

t.test('says what is there when there is nothing', async (t) => {
  t.throws(() => find({ text: 'hello' }, tag('$image')), { ...missing, message: /"image" reads \$image; it has text/ })
  for (const data of [undefined, null, 5, 'x.jpg', [], {}, { image: null }, { image: '' }]) t.throws(() => find(data, tag('$image')), missing)
})

t.test('only own properties are read', async (t) => {
  t.throws(() => find({}, tag('$constructor.name')), missing)
  t.throws(() => find({ image: 'x' }, tag('$__proto__')), missing)
})
