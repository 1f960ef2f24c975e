import sharp from 'sharp'
import t from 'tap'
import { decodeImage } from '../../workers/image/decode-image.ts'
import { sniffFormat } from '../../workers/image/sniff-format.ts'
import { drawPixels, drawPicture } from '../factories/drawn-picture.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

const LIMIT = 1e6

/** 6 x 4 pixels, red, green, blue, white corners: tells orientation and channel order. */
function corners () {
  const rgb = new Uint8Array(6 * 4 * 3)
  rgb.set([255, 0, 0], 0)
  rgb.set([0, 255, 0], 5 * 3)
  rgb.set([0, 0, 255], 3 * 6 * 3)
  rgb.set([255, 255, 255], (3 * 6 + 5) * 3)
  return sharp(rgb, { raw: { width: 6, height: 4, channels: 3 } })
}

async function decode (bytes: Uint8Array, limit = LIMIT) {
  const result = await decodeImage(bytes, limit)
  if (!result.ok) throw new Error(`${result.code} ${result.message}`)
  return result.value
}

async function codeOf (bytes: Uint8Array, limit = LIMIT): Promise<string> {
  const result = await decodeImage(bytes, limit)
  if (result.ok) return 'decoded'
  if (result.message.length < 3 || result.message.includes('\n')) throw new Error(`no sentence: ${result.message}`)
  return result.code
}

t.test('lossless files come out byte by byte', async (t) => {
  const { rgb, width, height } = drawPixels({ width: 60, height: 40 })
  const source = () => sharp(rgb, { raw: { width, height, channels: 3 } })
  for (const [name, encoder] of [['png', source().png()], ['tiff', source().tiff({ compression: 'lzw' })], ['webp', source().webp({ lossless: true })]] as const) {
    const picture = await decode(await encoder.toBuffer())
    t.same([picture.width, picture.height], [60, 40])
    t.equal(Buffer.compare(picture.rgb, rgb), 0, name)
  }
})

t.test('every allowed format is read', async (t) => {
  for (const format of ['jpeg', 'png', 'webp', 'gif', 'tiff', 'avif'] as const) {
    const picture = await decode(await corners().toFormat(format).toBuffer())
    t.same([picture.width, picture.height, picture.rgb.length], [6, 4, 72], format)
  }
})

t.test('EXIF orientation is applied', async (t) => {
  const topLeft: Record<number, number[]> = { 1: [255, 0, 0], 2: [0, 255, 0], 3: [255, 255, 255], 4: [0, 0, 255], 5: [255, 0, 0], 6: [0, 0, 255], 7: [255, 255, 255], 8: [0, 255, 0] }
  for (const [orientation, colour] of Object.entries(topLeft)) {
    const picture = await decode(await corners().withMetadata({ orientation: Number(orientation) }).png().toBuffer())
    t.same([picture.width, picture.height], Number(orientation) > 4 ? [4, 6] : [6, 4], `orientation ${orientation}`)
    t.same([...picture.rgb.subarray(0, 3)], colour, `orientation ${orientation}: top left pixel`)
  }
})

t.test('alpha is dropped, not blended', async (t) => {
  const rgba = new Uint8Array([200, 100, 50, 0, 10, 20, 30, 128])
  const picture = await decode(await sharp(rgba, { raw: { width: 2, height: 1, channels: 4 } }).png().toBuffer())
  t.same([...picture.rgb], [200, 100, 50, 10, 20, 30])
})

t.test('grey, 16 bit, CMYK and palettes become three bytes per pixel', async (t) => {
  const grey = await sharp(new Uint8Array([0, 128, 255, 7]), { raw: { width: 2, height: 2, channels: 1 } }).toColourspace('b-w').png().toBuffer()
  t.same([...(await decode(grey)).rgb], [0, 0, 0, 128, 128, 128, 255, 255, 255, 7, 7, 7])
  const deep = await sharp(new Uint16Array([0, 0x8080, 0xFFFF]), { raw: { width: 1, height: 1, channels: 3 } }).toColourspace('rgb16').png().toBuffer()
  t.same([...(await decode(deep)).rgb], [0, 128, 255])
  const cmyk = await decode(await corners().toColourspace('cmyk').jpeg().toBuffer())
  t.same([cmyk.width, cmyk.height, cmyk.rgb.length], [6, 4, 72])
  const palette = await decode(await corners().png({ palette: true }).toBuffer())
  t.same([...palette.rgb.subarray(0, 3)], [255, 0, 0])
})

t.test('embedded profiles are ignored', async (t) => {
  const plain = await decode(await corners().png().toBuffer())
  const profiled = await corners().withIccProfile('p3').png().toBuffer()
  t.ok((await sharp(profiled).metadata()).icc, 'there is a profile')
  // The stored numbers are what counts, as for OpenCV.
  const stored = await sharp(profiled, { ignoreIcc: true }).raw().toBuffer()
  t.equal(Buffer.compare((await decode(profiled)).rgb, stored), 0)
  t.not(Buffer.compare(stored, plain.rgb), 0, 'and it would have made a difference')
})

t.test('of an animation the first frame counts', async (t) => {
  const frames = new Uint8Array(4 * 12 * 3)
  frames.fill(200, 0, 4 * 4 * 3)
  frames.fill(100, 4 * 8 * 3)
  const gif = await sharp(frames, { raw: { width: 4, height: 12, channels: 3, pageHeight: 4 } }).gif({ loop: 0, delay: [50, 50, 50] }).toBuffer()
  t.equal((await sharp(gif).metadata()).pages, 3)
  const picture = await decode(gif)
  t.same([picture.width, picture.height], [4, 4])
  t.ok(picture.rgb.every((value) => value > 190))
})

t.test('too many pixels are refused before any is decoded', async (t) => {
  const large = await drawPicture({ width: 2000, height: 1000 })
  const result = await decodeImage(large, LIMIT)
  t.match(result, { ok: false, code: 'IMAGE_TOO_LARGE', message: '2000x1000 = 2.00 megapixels, at most 1.00 are allowed' })
  t.equal(await codeOf(large, 2e6), 'decoded', 'the limit itself is allowed')
})

t.test('damaged files are named, never half decoded', async (t) => {
  const jpeg = await drawPicture({ width: 400, height: 300 })
  const png = await drawPicture({ width: 400, height: 300, format: 'png' })
  const webp = await drawPicture({ width: 400, height: 300, format: 'webp' })
  for (const [name, file] of [['jpeg', jpeg], ['png', png], ['webp', webp]] as const) {
    for (const share of [0.5, 0.9]) t.equal(await codeOf(file.slice(0, Math.floor(file.length * share))), 'IMAGE_TRUNCATED', `${name}, first ${share * 100} %`)
    t.match(await codeOf(file.slice(0, 24)), /^IMAGE_(UNREADABLE|TRUNCATED)$/, `${name}, a few bytes`)
  }
  const scrambled = jpeg.slice()
  const random = createSeededRandom(5)
  for (let at = 1500; at < 3500; at++) scrambled[at] = Math.floor(random() * 255)
  t.equal(await codeOf(scrambled), 'IMAGE_TRUNCATED', 'nonsense in the middle')
  const header = png.slice()
  header.fill(0, 12, 16)
  t.match(await codeOf(header), /^IMAGE_(UNREADABLE|TRUNCATED)$/, 'a header that makes no sense')
})

t.test('many damaged files at once are all named', async (t) => {
  const jpeg = await drawPicture({ width: 160, height: 120 })
  const half = jpeg.slice(0, jpeg.length / 2)
  const codes = await Promise.all(Array.from({ length: 400 }, (_, i) => codeOf(i % 4 === 0 ? jpeg : half)))
  t.same(codes.filter((code, i) => code !== (i % 4 === 0 ? 'decoded' : 'IMAGE_TRUNCATED')), [], 'though their decoders take the reasons away from each other')
})

t.test('padding between the segments of a JPEG is no damage', async (t) => {
  const jpeg = await drawPicture({ width: 64, height: 48 })
  // Behind the first segment (start of image: 2 bytes, then a marker of 2 and the length it states).
  const at = 4 + new DataView(jpeg.buffer).getUint16(4)
  const padded = (count: number) => Uint8Array.from([...jpeg.subarray(0, at), ...new Uint8Array(count), ...jpeg.subarray(at)])
  await t.rejects(sharp(padded(4), { failOn: 'warning' }).raw().toBuffer(), 'the decoder complains')
  t.equal(Buffer.compare((await decode(padded(4))).rgb, (await decode(jpeg)).rgb), 0)
  t.equal(await codeOf(padded(1000)), 'IMAGE_TRUNCATED', 'a lot of it may be data that was lost')
})

t.test('what is no picture is called by its name', async (t) => {
  const text = (content: string) => new TextEncoder().encode(content)
  for (const [bytes, name] of [
    [text('<svg xmlns="http://www.w3.org/2000/svg"/>'), /SVG/],
    [text('<?xml version="1.0"?>\n<svg/>'), /SVG/],
    [text('<!DOCTYPE html><html></html>'), /web page/],
    [text('{"detail": "not found"}'), /JSON/],
    [text('%PDF-1.7'), /PDF/],
    [text('BM000000000000'), /BMP/],
    [text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), /HEIC/],
    [text('\0\0\0\x18ftypisom\0\0\0\0isom'), /video/],
    [new Uint8Array(0), /empty/],
    [new Uint8Array([1, 2, 3]), /no known/]
  ] as const) {
    t.match(await decodeImage(bytes, LIMIT), { ok: false, code: 'IMAGE_FORMAT', message: name })
  }
  t.same(sniffFormat(text('\0\0\0\x18ftypmif1\0\0\0\0mif1avifmiaf')), { format: 'avif' }, 'AVIF under a general brand')
})
