import Type, { type Static } from 'typebox'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { Person } from '../../models/person.ts'
import { roundPixels } from '../exports/round-pixels.ts'
import type { PictureEstimate } from '../inference/pose-engine.ts'
import { toScore } from '../label-studio/to-score.ts'
import type { PictureFile } from './list-pictures.ts'

const Score = Type.Number({ minimum: 0, maximum: 1 })

const PersonSchema = Type.Object({
  /** x1, y1, x2, y2. */
  bbox: Type.Tuple([Type.Number(), Type.Number(), Type.Number(), Type.Number()]),
  /** Of the person: that of the box times the mean of the points. */
  score: Score,
  /** The detector's own. */
  bboxScore: Score,
  /** Those that were found, in the order of the keypoint set. */
  points: Type.Array(Type.Object({ name: Type.String(), x: Type.Number(), y: Type.Number(), score: Score }))
})

/** What is known of one picture: the file json/<name>.json. Coordinates are pixels of the upright picture, inside it. */
export const PictureRecordSchema = Type.Object({
  picture: Type.Object({
    /** Path below the root. */
    name: Type.String(),
    width: Type.Integer({ minimum: 1 }),
    height: Type.Integer({ minimum: 1 }),
    /** Size and time of the last change of the file that was looked at. */
    bytes: Type.Integer({ minimum: 0 }),
    modified: Type.String()
  }),
  modelVersion: Type.String(),
  keypointSet: Type.Unsafe<KeypointSet['id']>(Type.Union(Object.keys(keypointSets).map((id) => Type.Literal(id)))),
  /** Best score first. */
  people: Type.Array(PersonSchema)
})
export type PictureRecord = Static<typeof PictureRecordSchema>

export function toPictureRecord ({ name, state }: PictureFile, { width, height, people }: PictureEstimate, set: KeypointSet, modelVersion: string): PictureRecord {
  const inside = (pixels: number, extent: number): number => roundPixels(Math.min(extent, Math.max(0, pixels)))
  return {
    picture: { name, width, height, ...state },
    modelVersion,
    keypointSet: set.id,
    people: people.map(({ bbox: [x1, y1, x2, y2], score, bboxScore, keypoints }) => ({
      bbox: [inside(x1, width), inside(y1, height), inside(x2, width), inside(y2, height)],
      score: toScore(score),
      bboxScore: toScore(bboxScore),
      points: set.names.flatMap((point, index) => {
        const [x, y, confidence] = [keypoints[index * 3]!, keypoints[index * 3 + 1]!, keypoints[index * 3 + 2]!]
        return confidence > 0 ? [{ name: point, x: inside(x, width), y: inside(y, height), score: toScore(confidence) }] : []
      })
    }))
  }
}

/** The people of a record as the model gave them, but for what was rounded. */
export function peopleOfRecord ({ keypointSet, people }: PictureRecord): Person[] {
  const { names } = keypointSets[keypointSet]
  const indices = new Map(names.map((name, index) => [name, index]))
  return people.map(({ bbox, score, bboxScore, points }) => {
    const keypoints = new Float64Array(names.length * 3)
    for (const { name, x, y, score: confidence } of points) {
      const index = indices.get(name)
      if (index !== undefined) keypoints.set([x, y, confidence], index * 3)
    }
    return { bbox, score, bboxScore, keypoints }
  })
}
