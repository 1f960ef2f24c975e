import sharp from 'sharp'
import { fail, messageOf, type StageResult } from '../outcome.ts'
import type { Picture } from './picture.ts'
import { sniffFormat } from './sniff-format.ts'

/**
 * Complaints of libjpeg about files that are complete all the same: padding before a marker. Cameras write such files,
 * and every viewer shows them.
 */
const HARMLESS = /extraneous bytes before marker/

/** What decoders say when the data ends early or is damaged inside, as opposed to a header that makes no sense. */
const DAMAGED = /premature|truncat|end of (file|stream|image)|unexpected end|too short|not enough|eof|corrupt jpeg data|bad huffman|libspng read error|read error|unable to decode|decode error|invalid chunk|crc/i

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
    const metadata = await sharp(bytes, { limitInputPixels: false }).metadata()
    size = { width: metadata.width, height: metadata.pageHeight ?? metadata.height }
    if (metadata.format !== sniffed.format && !(sniffed.format === 'avif' && metadata.format === 'heif')) return fail('IMAGE_FORMAT', metadata.format)
  } catch (error) {
    return fail('IMAGE_UNREADABLE', firstLine(messageOf(error)))
  }
  if (size.width * size.height > maxPixels) {
    const megapixels = (pixels: number) => (pixels / 1e6).toFixed(pixels < 1e7 ? 2 : 0)
    return fail('IMAGE_TOO_LARGE', `${size.width}x${size.height} = ${megapixels(size.width * size.height)} megapixels, at most ${megapixels(maxPixels)} are allowed`)
  }

  try {
    return await decodePixels(bytes, maxPixels, 'warning')
  } catch (error) {
    const lines = messageOf(error).split('\n')
    if (lines.every((line) => HARMLESS.test(line) || line.trim() === '')) {
      try {
        return await decodePixels(bytes, maxPixels, 'error')
      } catch (second) {
        return fail('IMAGE_TRUNCATED', firstLine(messageOf(second)))
      }
    }
    return fail(lines.some((line) => DAMAGED.test(line)) ? 'IMAGE_TRUNCATED' : 'IMAGE_UNREADABLE', firstLine(messageOf(error)))
  }
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

function firstLine (message: string): string {
  return message.split('\n', 1)[0]!.slice(0, 200)
}
