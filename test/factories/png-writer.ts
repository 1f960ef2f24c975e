import { crc32, deflateSync } from 'node:zlib'

export interface PngChunk { type: string, content: Uint8Array }

/**
 * The bytes of a PNG of grey, 8 bits a pixel, whose header may say anything.
 * @param pixels the rows as they are before compression, each with a filter byte in front
 * @param extra chunks between header and pixels
 */
export function writePng (width: number, height: number, pixels: Uint8Array, extra: readonly PngChunk[] = []): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    ...[{ type: 'IHDR', content: header }, ...extra, { type: 'IDAT', content: deflateSync(pixels) }, { type: 'IEND', content: Buffer.alloc(0) }].map(toChunk)
  ])
}

function toChunk ({ type, content }: PngChunk): Buffer {
  const body = Buffer.concat([Buffer.from(type), content])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  const sum = Buffer.alloc(4)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}
