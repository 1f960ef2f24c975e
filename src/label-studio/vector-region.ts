import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'
import type { SkeletonTarget } from './control-plan.ts'
import type { VectorRegion } from './prediction-schema.ts'
import { readPoint } from './read-point.ts'
import { describeRegion, type RegionFrame, type RegionIdentity } from './region-frame.ts'
import { toScore } from './to-score.ts'

type Vertex = VectorRegion['value']['vertices'][number]

/**
 * A skeleton as one region, whatever was not found of it: a point hangs on the nearest one before it in the tree that was
 * found (an ankle on the hip, where the knee is missing), and on the first where there is none. null with less than two points:
 * it has no bone. One region, so that a point whose neighbours are missing is not lost, and a hand that is all wrong is one to delete.
 */
export function buildVectorRegion (person: Person, target: SkeletonTarget, set: KeypointSet, frame: RegionFrame, identity: RegionIdentity): VectorRegion | null {
  const edges = set.trees.find(({ name }) => name === target.tree)?.edges ?? []
  const vertices: Vertex[] = []
  /** For each point of the tree so far: its vertex, or that of the nearest point above it. */
  const nearest = new Map<number, string>()
  for (const [child, parent] of edges) {
    const above = nearest.get(parent) ?? vertices[0]?.id
    const point = readPoint(person, child, frame)
    if (point) {
      const id = `${identity.id}-${child}`
      vertices.push({
        id,
        x: point.x,
        y: point.y,
        ...(above === undefined ? {} : { prevPointId: above }),
        isBezier: false,
        name: set.names[child]!,
        score: point.score
      })
      nearest.set(child, id)
    } else if (above !== undefined) nearest.set(child, above)
  }
  return vertices.length > 1 ? toRegion(vertices, target, frame, identity) : null
}

function toRegion (vertices: Vertex[], target: SkeletonTarget, frame: RegionFrame, identity: RegionIdentity): VectorRegion {
  const mean = vertices.reduce((sum, { score }) => sum + score, 0) / vertices.length
  const region = describeRegion(frame, identity, target.fromName, toScore(mean))
  return target.label === null
    ? { ...region, type: 'vector', value: { vertices, closed: false } }
    : { ...region, type: 'vectorlabels', value: { vertices, closed: false, vectorlabels: [target.label] } }
}
