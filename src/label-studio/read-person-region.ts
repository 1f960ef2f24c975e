import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { AnnotatedPoint, Box, RegionFault } from './annotated-person.ts'
import type { PicturePlan } from './control-plan.ts'
import { findKeypointTarget } from './find-keypoint-target.ts'
import { readRectangle } from './read-rectangle.ts'

/** One region of an annotation. Everything in it comes from outside. */
export interface RawRegion {
  id?: unknown
  type?: unknown
  from_name?: unknown
  to_name?: unknown
  item_index?: unknown
  parentID?: unknown
  original_width?: unknown
  original_height?: unknown
  origin?: unknown
  score?: unknown
  value: Record<string, unknown>
}

/** What a region says of a person. Pixels of the picture. */
export type PersonPart =
  | { kind: 'box', bbox: Box, score: number | null }
  | { kind: 'points', isSkeleton: boolean, points: Array<{ index: number, point: AnnotatedPoint }> }

export interface ReadRegion {
  /** null: nothing of a person is in it. */
  part: PersonPart | null
  faults: Array<Pick<RegionFault, 'kind' | 'reason'>>
}

/** Of the picture that the region lies on. */
interface Surroundings {
  plan: PicturePlan
  set: KeypointSet
  regionId: string
  isOccluded: boolean
  size: { width: number, height: number }
}

const nothing: ReadRegion = { part: null, faults: [] }

/** Editors put points a hair outside at most; what is further out was never on the picture. */
const outsidePercent = 1

/** Reads one region of a person's box, point or skeleton. Other regions of the project (other objects, choices, texts) are no faults. */
export function readPersonRegion (region: RawRegion, surroundings: Surroundings): ReadRegion {
  switch (region.type) {
    case 'rectangle': case 'rectanglelabels': return readBox(region, surroundings)
    case 'keypoint': case 'keypointlabels': return readKeypoint(region, surroundings)
    case 'vector': case 'vectorlabels': return readSkeleton(region, surroundings)
    default: return nothing
  }
}

function readBox (region: RawRegion, { plan: { people }, size }: Surroundings): ReadRegion {
  if (people === null || region.from_name !== people.fromName) return nothing
  if (people.label !== null) {
    const labels = readLabels(region)
    if (labels.length === 0) return broken('is a box without a label')
    if (!labels.includes(people.label)) return nothing
  }
  const box = readRectangle({ ...region, original_width: size.width, original_height: size.height })
  if (box === null) return broken('is a box without area in the picture')
  const [x1, y1, x2, y2] = box
  return { part: { kind: 'box', bbox: [x1 * size.width, y1 * size.height, x2 * size.width, y2 * size.height], score: readScore(region.score) }, faults: [] }
}

function readKeypoint (region: RawRegion, surroundings: Surroundings): ReadRegion {
  const { plan, regionId, isOccluded } = surroundings
  const labels = readLabels(region)
  if (labels.length === 0) return broken('is a point without a label')
  const { from_name: fromName } = region
  const targets = typeof fromName === 'string' ? labels.map((label) => findKeypointTarget(plan, fromName, label)).filter((target) => target !== undefined) : []
  if (targets.length === 0) return { part: null, faults: [{ kind: 'other', reason: `has the label ${quote(labels[0])} of ${quote(region.from_name)}, which is no point of ${surroundings.set.id}` }] }
  if (targets.length > 1) return broken(`is several points at once (${targets.map(({ label }) => label).join(', ')})`)
  const place = toPixels(region.value, surroundings)
  if (typeof place === 'string') return broken(`(${labels[0]}) ${place}`)
  const point: AnnotatedPoint = { ...place, score: readScore(region.score), origin: readOrigin(region.origin), isOccluded, regionId }
  return { part: { kind: 'points', isSkeleton: false, points: [{ index: targets[0]!.index, point }] }, faults: [] }
}

function readSkeleton (region: RawRegion, surroundings: Surroundings): ReadRegion {
  const { plan, set, regionId, isOccluded } = surroundings
  const targets = plan.skeletons.filter(({ fromName }) => fromName === region.from_name)
  if (targets.length === 0) return nothing
  const labels = readLabels(region)
  if (!targets.some(({ label }) => label === null || labels.includes(label))) {
    return labels.length === 0 ? broken('is a skeleton without a label') : { part: null, faults: [{ kind: 'other', reason: `has the label ${quote(labels[0])} of ${quote(region.from_name)}, which is no skeleton of ${set.id}` }] }
  }
  const vertices = region.value['vertices']
  if (!Array.isArray(vertices)) return broken('is a skeleton without vertices')
  const points: Array<{ index: number, point: AnnotatedPoint }> = []
  const faults = new Map<string, { kind: RegionFault['kind'], count: number }>()
  const note = (kind: RegionFault['kind'], reason: string) => { faults.set(reason, { kind, count: (faults.get(reason)?.count ?? 0) + 1 }) }
  for (const vertex of vertices as unknown[]) {
    const { name, score, ...value } = (typeof vertex === 'object' && vertex !== null ? vertex : {}) as Record<string, unknown>
    const index = typeof name === 'string' ? set.names.indexOf(name) : -1
    const place = toPixels(value, surroundings)
    if (name === undefined) note('broken', 'without a name: drawn by hand, nothing tells which points they are')
    else if (index < 0) note('other', `named ${quote(name)}, which is no point of ${set.id}`)
    else if (typeof place === 'string') note('broken', `(${name as string}) that ${place}`)
    else points.push({ index, point: { ...place, score: readScore(score), origin: readOrigin(region.origin), isOccluded, regionId } })
  }
  return {
    part: points.length > 0 ? { kind: 'points', isSkeleton: true, points } : null,
    faults: [...faults].map(([reason, { kind, count }]) => ({ kind, reason: `is a skeleton with ${count === 1 ? 'a vertex' : `${count} vertices`} ${reason}` }))
  }
}

/**
 * The place in pixels, or what is wrong with it. A picture that is turned in the editor (image_rotation) only looks so: coordinates
 * and sizes stay those of the upright picture, as Label Studio 1.23.2 shows when one is drawn there.
 */
function toPixels (value: Record<string, unknown>, { size }: Surroundings): { x: number, y: number } | string {
  const [x, y] = [value['x'], value['y']]
  if (typeof x !== 'number' || typeof y !== 'number' || !Number.isFinite(x) || !Number.isFinite(y)) return 'has no coordinates'
  if (Math.min(x, y) < -outsidePercent || Math.max(x, y) > 100 + outsidePercent) return 'lies outside the picture'
  return { x: clamp(x) / 100 * size.width, y: clamp(y) / 100 * size.height }
}

function clamp (percent: number): number {
  return Math.min(100, Math.max(0, percent))
}

/** The labels of a region stand under the name of its type. */
function readLabels ({ type, value }: RawRegion): string[] {
  const labels = value[String(type)]
  return Array.isArray(labels) ? labels.filter((label) => typeof label === 'string') : []
}

function readScore (score: unknown): number | null {
  return typeof score === 'number' && score >= 0 && score <= 1 ? score : null
}

function readOrigin (origin: unknown): AnnotatedPoint['origin'] {
  return origin === 'manual' || origin === 'prediction' || origin === 'prediction-changed' ? origin : null
}

function broken (reason: string): ReadRegion {
  return { part: null, faults: [{ kind: 'broken', reason }] }
}

function quote (text: unknown): string {
  return JSON.stringify(String(text).slice(0, 60))
}
