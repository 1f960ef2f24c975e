/** What an annotation or a prediction shows of people: pixels of the upright original. Made by readPeople. */

/** x1, y1, x2, y2. */
export type Box = readonly [x1: number, y1: number, x2: number, y2: number]

export interface AnnotatedPerson {
  /** Region of the box, or else what its regions name as their parent, or the first of them. Unique on its picture. */
  id: string
  /** Name of the Image tag. */
  imageName: string
  /** Page of a multi-page picture, null for a single picture. */
  itemIndex: number | null
  /** Pixels of the picture. */
  width: number
  height: number
  /** Inside the picture; null where nobody drew one. */
  bbox: Box | null
  /** The model's confidence in the box, 0..1; null where a person drew it, or there is none. */
  score: number | null
  /** One entry per point of the keypoint set; null where it was not placed. */
  points: ReadonlyArray<AnnotatedPoint | null>
}

export interface AnnotatedPoint {
  /** Inside the picture. */
  x: number
  y: number
  /** The model's confidence, 0..1; it stays when a person moves the point. null where a person placed it. */
  score: number | null
  /** Who has placed it, as Label Studio tells; for the vertices of a skeleton it does not tell who moved them. */
  origin: 'manual' | 'prediction' | 'prediction-changed' | null
  /** Marked as hidden by a per-region choice. */
  isOccluded: boolean
  regionId: string
}

/** A region that could not be read as it stands. */
export interface RegionFault {
  /** As in the result; where it has none, its place there: "number 3". */
  regionId: string
  /** broken: data are lost until someone looks at it; other: a label that is none of the points read, as in a project with dogs too. */
  kind: 'broken' | 'other'
  /** What is wrong, for "region <id> <reason>". */
  reason: string
}
