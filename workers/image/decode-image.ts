import sharp from 'sharp'
import { fail, messageOf, type Failure, type StageResult } from '../outcome.ts'
import type { Picture } from './picture.ts'
import { sniffFormat } from './sniff-format.ts'

/**
 * Complaints of libjpeg about files that are complete all the same: a little padding before a marker. Cameras write such
 * files, and every viewer shows them. (Many bytes there are picture data that could not be read.)
 */
const HARMLESS = /data: \d{1,2} extraneous bytes before marker/

/** What decoders say when the data ends early or is damaged inside, as opposed to a header that makes no sense. */
const DAMAGED = /premature|truncat|unexpected end|end of (file|stream)|corrupt jpeg data|read error|bad seek|not defined|unable to decode|decode error|crc/i

/** All that is left of a complaint about the data whose reason another thread has taken away. */
const REASON_LOST = /^Warning treated as error[^\n]*(\nerror in tile[^\n]*)*$/

/** With eight threads decoding damaged pictures at once, half of the reasons are lost. */
const MOST_TRIES = 10

/**
 * Decodes an encoded picture as OpenCV would see it: EXIF orientation applied, embedded profiles and alpha ignored,
 * 8 bits, R, G, B; of an animation the first frame. The size is checked before any pixel is decoded.
 * @param maxPixels largest width x height
 * @returns IMAGE_FORMAT, IMAGE_TOO_LARGE, IMAGE_UNREADABLE or IMAGE_TRUNCATED when it cannot be had
 */
export async function decodeImage (bytes: Uint8Array, maxPixels: number): Promise<StageResult<Picture>> {
  const sniffed = sniffFormat(bytes)
  if (sniffed.format === null) return fail('IMAGE_FORMAT', sniffed.instead)

  let size: { width: number, height: number }
  try {
    // Only the header is read here, so the limit can be ours and name both sizes.
    const metadata = await sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata()
    size = { width: metadata.width, height: metadata.pageHeight ?? metadata.height }
    if (metadata.format !== sniffed.format && !(sniffed.format === 'avif' && metadata.format === 'heif')) return fail('IMAGE_FORMAT', metadata.format)
  } catch (error) {
    return describeFailure(error, bytes)
  }
  if (size.width * size.height > maxPixels) {
    const megapixels = (pixels: number) => (pixels / 1e6).toFixed(pixels < 1e7 ? 2 : 0)
    return fail('IMAGE_TOO_LARGE', `${size.width}x${size.height} = ${megapixels(size.width * size.height)} megapixels, at most ${megapixels(maxPixels)} are allowed`)
  }

  try {
    return await decodeStrictly(bytes, maxPixels)
  } catch (error) {
    if (!messageOf(error).split('\n').every((line) => HARMLESS.test(line) || line.trim() === '')) return describeFailure(error, bytes)
    try {
      return await decodePixels(bytes, maxPixels, 'error')
    } catch (second) {
      return describeFailure(second, bytes)
    }
  }
}

/** Decoders write why they failed into one place for all threads: another one's failure may take the reason away. Then it is asked for again. */
async function decodeStrictly (bytes: Uint8Array, maxPixels: number): Promise<StageResult<Picture>> {
  for (let tries = 1; ; tries++) {
    try {
      return await decodePixels(bytes, maxPixels, 'warning')
    } catch (error) {
      if (tries === MOST_TRIES || !REASON_LOST.test(messageOf(error).trim())) throw error
    }
  }
}

function describeFailure (error: unknown, bytes: Uint8Array): Failure {
  const message = messageOf(error)
  if (REASON_LOST.test(message.trim())) return fail('IMAGE_TRUNCATED', 'its decoder complains about the data')
  const text = message.split('\n', 1)[0]!.slice(0, 200)
  return fail(DAMAGED.test(message) || isShortWebp(bytes) ? 'IMAGE_TRUNCATED' : 'IMAGE_UNREADABLE', text)
}

/** A WebP file states its length in its header; libwebp only says that it cannot parse it. */
function isShortWebp (bytes: Uint8Array): boolean {
  if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(8, 12)) !== 'WEBP') return false
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) + 8 > bytes.length
}

async function decodePixels (bytes: Uint8Array, maxPixels: number, failOn: 'warning' | 'error'): Promise<StageResult<Picture>> {
  // ignoreIcc: OpenCV, with which the networks were trained and measured, does not look at profiles.
  const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn, ignoreIcc: true })
    .autoOrient()
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  if (info.channels !== 3) return fail('IMAGE_UNREADABLE', `${info.channels} colour channels after conversion`)
  return { ok: true, value: { rgb: data, width: info.width, height: info.height } }
}
