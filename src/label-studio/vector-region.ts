import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'
import type { SkeletonTarget } from './control-plan.ts'
import type { VectorRegion } from './prediction-schema.ts'
import { readPoint } from './read-point.ts'
import { describeRegion, type RegionFrame, type RegionIdentity } from './region-frame.ts'
import { toScore } from './to-score.ts'

type Vertex = VectorRegion['value']['vertices'][number]

/**
 * A skeleton as regions, one for each connected part of it: the children of a point that was not found begin a part of
 * their own, because the editor would join them to the vertex before them in the list. A part of a single point is left
 * out: it has no bone.
 */
export function buildVectorRegions (person: Person, target: SkeletonTarget, set: KeypointSet, frame: RegionFrame, identity: RegionIdentity): VectorRegion[] {
  const edges = set.trees.find(({ name }) => name === target.tree)?.edges ?? []
  const parts: Vertex[][] = []
  const placed = new Map<number, { part: Vertex[], id: string }>()
  for (const [child, parent] of edges) {
    const point = readPoint(person, child, frame)
    if (!point) continue
    const previous = placed.get(parent)
    const part = previous?.part ?? []
    if (!previous) parts.push(part)
    const id = `${identity.id}-${child}`
    part.push({
      id,
      x: point.x,
      y: point.y,
      ...(previous ? { prevPointId: previous.id } : {}),
      isBezier: false,
      name: set.names[child]!,
      score: point.score
    })
    placed.set(child, { part, id })
  }
  return parts
    .filter((vertices) => vertices.length > 1)
    .map((vertices, index) => toRegion(vertices, target, frame, { ...identity, id: `${identity.id}${index}` }))
}

function toRegion (vertices: Vertex[], target: SkeletonTarget, frame: RegionFrame, identity: RegionIdentity): VectorRegion {
  const mean = vertices.reduce((sum, { score }) => sum + score, 0) / vertices.length
  const region = describeRegion(frame, identity, target.fromName, toScore(mean))
  return target.label === null
    ? { ...region, type: 'vector', value: { vertices, closed: false } }
    : { ...region, type: 'vectorlabels', value: { vertices, closed: false, vectorlabels: [target.label] } }
}
