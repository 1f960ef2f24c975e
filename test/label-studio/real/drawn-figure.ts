/** The pictures this project drew itself, and where the people on them are. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cocoWholebody133 } from '../../../models/keypoints/coco-wholebody-133.ts'
import { root } from '../../factories/service-process.ts'

export interface DrawnFigure {
  name: string
  bytes: Uint8Array<ArrayBuffer>
  width: number
  height: number
  people: ReadonlyArray<{
    /** x1, y1, x2, y2 in pixels. */
    box: readonly [number, number, number, number]
    /** By name, percent of the picture; those that are covered by something are left out. */
    points: ReadonlyMap<string, { x: number, y: number }>
  }>
}

interface Truth { width: number, height: number, people: Array<{ box: [number, number, number, number], keypoints: Array<[x: number, y: number, visibility: number]> }> }

const folder = join(root, 'test', 'fixtures', 'drawn')

/** @param name as in test/fixtures/drawn, for example figure-1.jpg */
export async function readDrawnFigure (name: string): Promise<DrawnFigure> {
  const { width, height, people } = (JSON.parse(await readFile(join(folder, 'truth.json'), 'utf8')) as Record<string, Truth>)[name]!
  return {
    name,
    bytes: new Uint8Array(await readFile(join(folder, name))),
    width,
    height,
    people: people.map(({ box, keypoints }) => ({
      box,
      points: new Map(keypoints.flatMap(([x, y, visibility], index) => visibility === 2 ? [[cocoWholebody133.names[index]!, { x: x * 100 / width, y: y * 100 / height }]] : []))
    }))
  }
}

export function toDataUri ({ bytes }: Pick<DrawnFigure, 'bytes'>): string {
  return `data:image/jpeg;base64,${Buffer.from(bytes).toString('base64')}`
}

/** Points of the body that lie further from the drawn person's than `tolerance` (share of the picture's width), as sentences. */
export function misplacedPoints (found: ReadonlyArray<{ label: string | null, x: number, y: number }>, { width, height, people }: DrawnFigure, person: number, tolerance: number): string[] {
  const body = new Set(cocoWholebody133.names.slice(0, 17))
  return found.flatMap(({ label, x, y }) => {
    const truth = label !== null && body.has(label) ? people[person]!.points.get(label) : undefined
    if (truth === undefined) return []
    const distance = Math.hypot((x - truth.x) * width, (y - truth.y) * height) / 100 / width
    return distance > tolerance ? [`${label} lies ${Math.round(distance * 100)} % of the picture's width away`] : []
  })
}
