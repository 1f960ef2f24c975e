import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { areaOfBox } from '../../models/people/oks.ts'
import type { ComparedPerson } from '../../src/quality/compared-person.ts'
import { qualityParts } from '../../src/quality/quality-parts.ts'
import { buildPerson } from './person.ts'
import { createSeededRandom } from './seeded-random.ts'

export interface ComparedPicture { predicted: ComparedPerson[], truths: ComparedPerson[] }

/** A person with all points on a grid in the box, but for those missing. */
export function comparedPerson (bbox: ComparedPerson['bbox'], { score = 0.9, missing = [] as readonly number[], moved = (): [number, number] => [0, 0] } = {}): ComparedPerson {
  const points = buildPerson(cocoWholebody133, { bbox, missing }).keypoints.slice()
  const scores: Array<number | null> = []
  for (let at = 0; at < points.length; at += 3) {
    const isThere = points[at + 2]! > 0
    scores.push(isThere ? points[at + 2]! : null)
    const [dx, dy] = moved()
    points.set(isThere ? [points[at]! + dx, points[at + 1]! + dy, 1] : [0, 0, 0], at)
  }
  return { bbox, points, scores, score, area: areaOfBox(bbox) }
}

/**
 * Pictures as evaluations meet them: people of every size, some without points of a part; predictions moved a little or a lot,
 * people missed, people who are not there, equal scores, and once more detections than are counted. The same for the same seed.
 */
export function randomComparison (pictures: number, seed: number): ComparedPicture[] {
  const random = createSeededRandom(seed)
  const between = (from: number, to: number): number => from + random() * (to - from)
  const withoutParts = (share: number): number[] => qualityParts(cocoWholebody133).slice(0, -1)
    .flatMap(({ first, last }) => random() < share ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [])
    .concat(cocoWholebody133.names.map((_, point) => point).filter(() => random() < 0.02))

  return Array.from({ length: pictures }, (_, picture) => {
    const crowd = picture === 3 ? 24 : Math.floor(between(0, 5))
    const truths: ComparedPerson[] = []
    const predicted: ComparedPerson[] = []
    for (let person = 0; person < crowd; person++) {
      const [x, y, size] = [between(0, 900), between(0, 700), Math.exp(between(Math.log(15), Math.log(400)))]
      const box = [x, y, x + size, y + size * between(1, 2)] as const
      if (random() < 0.9) truths.push(comparedPerson(box, { missing: withoutParts(0.2) }))
      if (random() < 0.15) continue
      const noise = size * Math.exp(between(Math.log(0.001), Math.log(0.05)))
      predicted.push(comparedPerson([box[0] + between(0, 5), box[1], box[2] + between(0, 5), box[3]], {
        // Few steps, so that scores are often equal.
        score: Math.round(random() * 20) / 20,
        missing: withoutParts(0.05),
        moved: () => [between(-noise, noise), between(-noise, noise)]
      }))
    }
    return { predicted, truths }
  })
}
