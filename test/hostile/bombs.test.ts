/** Pictures that are small as files and huge as pixels, or never end: each is refused by itself, in bounded memory and time. */
import { deflateSync, gzipSync } from 'node:zlib'
import sharp from 'sharp'
import t from 'tap'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writePng } from '../factories/png-writer.ts'
import { toDataUri } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Bomb { name: string, bytes: Uint8Array, /** Names of errors, or people were looked for. */ expect: RegExp }

const tooLarge = /^IMAGE_TOO_LARGE$/
const refused = /^IMAGE_(TOO_LARGE|UNREADABLE|TRUNCATED|FORMAT|TOO_NARROW)$/
const refusedOrRead = /^(IMAGE_\w+|a result)$/

/** A chunk of text that is a thousandth of what it unpacks to. */
const unpacked = Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(200_000_000))])
const profile = Buffer.concat([Buffer.from('a\0\0'), deflateSync(Buffer.alloc(200_000_000))])

/** The size in the frame header of a JPEG, written over. */
function claimJpeg (file: Uint8Array, width: number, height: number): Buffer {
  const bytes = Buffer.from(file)
  let at = 2
  while (bytes[at + 1] !== 0xc0 && bytes[at + 1] !== 0xc2) at += 2 + bytes.readUInt16BE(at + 2)
  bytes.writeUInt16BE(height, at + 5)
  bytes.writeUInt16BE(width, at + 7)
  return bytes
}

/** A progressive JPEG whose last scan comes again and again: each time all of its blocks are gone through. */
async function repeatScan (times: number): Promise<Buffer> {
  const file = await sharp({ create: { width: 4000, height: 3000, channels: 3, background: '#888' } }).jpeg({ progressive: true }).toBuffer()
  const scan = file.subarray(file.lastIndexOf(Buffer.from('ffda', 'hex')), file.length - 2)
  return Buffer.concat([file.subarray(0, file.length - 2), ...Array.from({ length: times }, () => scan), file.subarray(-2)])
}

/** Little-endian TIFF with one folder of entries. @param next where the next folder is said to lie */
function writeTiff (width: number, height: number, next: number): Buffer {
  const entries: Array<[tag: number, value: number]> = [[256, width], [257, height], [258, 8], [259, 1], [262, 1], [273, 8], [277, 1], [278, height], [279, 1000]]
  const file = Buffer.alloc(8 + 2 + entries.length * 12 + 4 + 1000)
  file.write('II*\0', 'latin1')
  file.writeUInt32LE(8, 4)
  file.writeUInt16LE(entries.length, 8)
  for (const [index, [tag, value]] of entries.entries()) {
    file.writeUInt16LE(tag, 10 + index * 12)
    file.writeUInt16LE(4, 12 + index * 12)
    file.writeUInt32LE(1, 14 + index * 12)
    file.writeUInt32LE(value, 18 + index * 12)
  }
  file.writeUInt32LE(next, 10 + entries.length * 12)
  return file
}

/** A lossless WebP that says it is as large as one can be. */
function writeWebp (): Buffer {
  const data = Buffer.alloc(64)
  data[0] = 0x2f
  data.writeUInt32LE(0x0fffffff, 1)
  const header = Buffer.alloc(8)
  header.write('VP8L')
  header.writeUInt32LE(data.length, 4)
  const riff = Buffer.alloc(12)
  riff.write('RIFF')
  riff.writeUInt32LE(4 + header.length + data.length, 4)
  riff.write('WEBP', 8)
  return Buffer.concat([riff, header, data])
}

/** The size of an AVIF stands in its "ispe" property. */
async function claimAvif (): Promise<Buffer> {
  const file = await sharp({ create: { width: 64, height: 64, channels: 3, background: '#888' } }).avif().toBuffer()
  const at = file.indexOf('ispe')
  file.writeUInt32BE(60_000, at + 8)
  file.writeUInt32BE(60_000, at + 12)
  return file
}

t.test('decompression bombs', async (t) => {
  const small = await drawPicture()
  // Frames that are alike would become one.
  const frames = Buffer.from(Array.from({ length: 64 * 64 * 3 * 1500 }, (_, i) => Math.floor(i / 64 / 64 / 3) % 2 * 200 + i % 7))
  const gif = await sharp(frames, { raw: { width: 64, height: 64 * 1500, channels: 3, pageHeight: 64 } }).gif({ effort: 1 }).toBuffer()
  const hugeGif = Buffer.from(gif)
  hugeGif.writeUInt16LE(65_535, 6)
  hugeGif.writeUInt16LE(65_535, 8)
  const bombs: Bomb[] = [
    { name: 'PNG that says 100,000 x 100,000', bytes: writePng(100_000, 100_000, Buffer.alloc(10)), expect: tooLarge },
    { name: 'PNG of two billion pixels a side', bytes: writePng(2 ** 31 - 1, 2 ** 31 - 1, Buffer.alloc(10)), expect: refused },
    { name: 'PNG of 400 megapixels that are there', bytes: writePng(20_000, 20_000, Buffer.alloc(20_001 * 20_000)), expect: tooLarge },
    { name: 'PNG with a hundred megabytes behind its pixels', bytes: writePng(640, 480, Buffer.alloc(100_000_000)), expect: refusedOrRead },
    { name: 'PNG with a text of 200 MB', bytes: writePng(640, 480, Buffer.alloc(641 * 480), [{ type: 'zTXt', content: unpacked }]), expect: refusedOrRead },
    { name: 'PNG with a profile of 200 MB', bytes: writePng(640, 480, Buffer.alloc(641 * 480), [{ type: 'iCCP', content: profile }]), expect: refusedOrRead },
    { name: 'PNG of one row', bytes: writePng(10_000_000, 1, Buffer.alloc(10_000_001)), expect: refused },
    { name: 'JPEG that says 65,500 x 65,500', bytes: claimJpeg(small, 65_500, 65_500), expect: tooLarge },
    { name: 'JPEG that says 9,000 x 9,000', bytes: claimJpeg(small, 9000, 9000), expect: /^IMAGE_TRUNCATED$/ },
    { name: 'JPEG with a thousand scans', bytes: await repeatScan(1000), expect: refused },
    { name: 'GIF of 1,500 frames', bytes: gif, expect: /^a result$/ },
    { name: 'GIF that says 65,535 x 65,535', bytes: hugeGif, expect: refusedOrRead },
    { name: 'WebP that says 16,384 x 16,384', bytes: writeWebp(), expect: refused },
    { name: 'TIFF that says 4 billion x 4 billion', bytes: writeTiff(0xffffffff, 0xffffffff, 0), expect: refused },
    { name: 'TIFF that says 50,000 x 50,000', bytes: writeTiff(50_000, 50_000, 0), expect: refused },
    { name: 'TIFF whose pages are a ring', bytes: writeTiff(640, 480, 8), expect: refusedOrRead },
    { name: 'AVIF that says 60,000 x 60,000', bytes: await claimAvif(), expect: refused },
    { name: 'SVG of a billion pixels', bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1e9" height="1e9"><rect width="1e9" height="1e9"/></svg>'), expect: /^IMAGE_FORMAT$/ },
    { name: 'SVG of billion laughs', bytes: Buffer.from(`<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "lol">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]><svg>&a8;</svg>`), expect: /^IMAGE_FORMAT$/ },
    { name: 'SVG, compressed', bytes: gzipSync(`<svg>${' '.repeat(50_000_000)}</svg>`), expect: /^IMAGE_FORMAT$/ },
    { name: 'gzip of nothing', bytes: gzipSync(Buffer.alloc(100_000_000)), expect: /^IMAGE_FORMAT$/ },
    { name: 'PDF', bytes: Buffer.from('%PDF-1.7\n'), expect: /^IMAGE_FORMAT$/ }
  ]
  const { app } = await buildTestApp(t, { env: { RATE_LIMIT_MAX: '0', REQUEST_BUDGET_S: '240' } })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  const before = process.memoryUsage().rss
  let [peak, slowest, probes] = [0, 0, 0]
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss - before)
    const begun = performance.now()
    fetch(`${url}/live`).then(() => { probes++; slowest = Math.max(slowest, performance.now() - begun) }, () => {})
  }, 100)
  t.teardown(() => { clearInterval(watch) })
  // One request each, so that the time of each is told.
  for (const { name, bytes, expect } of bombs) {
    const begun = performance.now()
    const answer = await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: [toDataUri(bytes, 'image/png'), toDataUri(small)].map((image, id) => ({ id, data: { image } })), label_config: labelConfigPreset('body17') }) })
    const ms = Math.round(performance.now() - begun)
    t.equal(answer.status, 200)
    const { results: [bomb, honest] } = await answer.json() as { results: Array<{ result?: unknown[], code?: string, error?: string }> }
    t.match(bomb?.result === undefined ? bomb!.code!.replace('POSE_ERR_', '') : 'a result', expect, `${name}, ${bytes.length} bytes, ${ms} ms: ${bomb?.error ?? 'read'}`)
    t.ok((honest?.result?.length ?? 0) > 0, 'its neighbour is answered')
    t.ok(ms < 60_000, `${name}: ${ms} ms`)
  }
  clearInterval(watch)
  t.ok(peak < 800e6, `memory grew by ${Math.round(peak / 1e6)} MB at most`)
  t.ok(probes > 5 && slowest < 10_000, `${probes} probes were answered meanwhile, the slowest in ${Math.round(slowest)} ms`)
})
