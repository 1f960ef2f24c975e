import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import type { Person } from '../../models/person.ts'

interface Truth { width: number, height: number, people: Array<{ box: [number, number, number, number], keypoints: Array<[x: number, y: number, visibility: number]> }> }

export interface DrawnCrowd {
  /** JPEG. */
  bytes: Uint8Array<ArrayBuffer>
  width: number
  height: number
  /** All 133 points each, as they were drawn; scores and confidences fall from person to person. */
  people: Person[]
}

const folder = new URL('../fixtures/drawn/', import.meta.url)
const single = ['figure-1.jpg', 'figure-4.jpg', 'figure-3.jpg', 'figure-6.jpg']
const size = { width: 1280, height: 960 }

/** A picture of 1280 x 960 pixels with that many of the drawn figures in a grid. */
export async function drawCrowd (count: number): Promise<DrawnCrowd> {
  const truths = JSON.parse(readFileSync(new URL('truth.json', folder), 'utf8')) as Record<string, Truth>
  const columns = Math.ceil(Math.sqrt(count * 4 / 3))
  const cell = { width: size.width / columns, height: size.height / Math.ceil(count / columns) }
  const cells = Array.from({ length: count }, (_, number) => {
    const name = single[number % single.length]!
    const { width, height, people: [person] } = truths[name]!
    const scale = Math.min(cell.width / width, cell.height / height)
    const [left, top] = [Math.round(number % columns * cell.width), Math.round(Math.floor(number / columns) * cell.height)]
    return { name, person: person!, width, height, scale, left, top }
  })
  const layers = await Promise.all(cells.map(async ({ name, width, height, scale, left, top }) => ({
    input: await sharp(readFileSync(new URL(name, folder))).resize(Math.floor(width * scale), Math.floor(height * scale)).toBuffer(), left, top
  })))
  const bytes = await sharp({ create: { ...size, channels: 3, background: '#777777' } }).composite(layers).jpeg().toBuffer()
  const people = cells.map(({ person: { box, keypoints }, scale, left, top }, number): Person => {
    const score = 0.95 - number / 20
    return {
      bbox: [left + box[0] * scale, top + box[1] * scale, left + box[2] * scale, top + box[3] * scale],
      score,
      bboxScore: score,
      keypoints: Float64Array.from(keypoints.flatMap(([x, y], index) => [left + x * scale, top + y * scale, score - index / 1000]))
    }
  })
  return { bytes: new Uint8Array(bytes), ...size, people }
}
