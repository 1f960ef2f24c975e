import sharp from 'sharp'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'
import { decodeImage } from '../image/decode-image.ts'
import type { StageResult } from '../outcome.ts'
import type { DrawingFormat } from '../protocol.ts'
import { peopleOverlay } from './people-overlay.ts'

export interface DrawOptions {
  /** Longest side of the drawing in pixels; smaller pictures keep their size. */
  maxSide: number
  format: DrawingFormat
  /** Largest picture that is decoded, width x height. */
  maxPixels: number
}

/**
 * A picture with its people drawn over it, as a file of the format.
 * @param bytes the encoded picture that the people were found in
 * @param people in pixels of the upright picture
 * @returns the failures of decodeImage
 */
export async function drawPeople (bytes: Uint8Array, people: readonly Person[], set: KeypointSet, { maxSide, format, maxPixels }: DrawOptions): Promise<StageResult<Uint8Array<ArrayBuffer>>> {
  const decoded = await decodeImage(bytes, maxPixels)
  if (!decoded.ok) return decoded
  const { rgb, width, height } = decoded.value
  const scale = Math.min(1, maxSide / Math.max(width, height))
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
  const file = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .resize(size.width, size.height, { fit: 'fill' })
    .composite([{ input: Buffer.from(peopleOverlay(people, set, { ...size, scale })) }])
    .toFormat(format, format === 'jpeg' ? { quality: 85 } : {})
    .toBuffer()
  // In memory of its own, so that it can be handed to another thread.
  return { ok: true, value: new Uint8Array(file) }
}
