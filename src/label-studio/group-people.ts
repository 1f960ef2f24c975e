import type { AnnotatedPerson, AnnotatedPoint, Box, RegionFault } from './annotated-person.ts'
import type { PersonPart } from './read-person-region.ts'

/** A part of a person with the id of its region. */
export interface PlacedPart { id: string, part: PersonPart }

export interface GroupingOptions {
  /** Every region of the annotation with the one it lies under in the region tree. */
  parents: ReadonlyMap<string, string | null>
  /** The person a region was made for, by its id alone; null where the id does not tell. */
  ownerOfId: (id: string) => string | null
  /** Of the points, for sentences. */
  names: readonly string[]
}

type GroupedPerson = Pick<AnnotatedPerson, 'id' | 'bbox' | 'score' | 'points'>

/** A person in the making. `bounds` are those of the points; null: there are none yet. */
interface Group { id: string, bbox: Box | null, score: number | null, points: Array<AnnotatedPoint | null>, bounds: Box | null }

type PointsPart = { id: string, part: Extract<PersonPart, { kind: 'points' }> }

/** A box fits a bit tighter than its points lie: so much of its size is added on each side when no box contains a point. */
const margin = 0.1

/** The same of a person without a box: what was not found often is the end of a limb, which lies outside of all the rest. */
const reach = 0.3

/** Two layers (a point and a vertex) mean the same place up to here. */
const samePlacePixels = 1

/** Puts the parts on one page together, see readPeople for whose a part is. */
export function groupPeople (parts: readonly PlacedPart[], { parents, ownerOfId, names }: GroupingOptions): { people: GroupedPerson[], faults: RegionFault[] } {
  const faults: RegionFault[] = []
  const groups = new Map<string, Group>()
  const groupOf = (id: string): Group => {
    const known = groups.get(id)
    if (known !== undefined) return known
    const group: Group = { id, bbox: null, score: null, points: names.map(() => null), bounds: null }
    groups.set(id, group)
    return group
  }

  for (const { id, part } of parts) {
    if (part.kind !== 'box') continue
    if (groups.has(id)) faults.push({ regionId: id, kind: 'broken', reason: 'is a box whose id another box has' })
    else Object.assign(groupOf(id), { bbox: part.bbox, score: part.score })
  }
  const boxes = [...groups.values()]

  // Points before skeletons: what has an own region is told more of (who moved it), so it counts.
  const pointParts = parts.filter((part): part is PointsPart => part.part.kind === 'points').sort((a, b) => Number(a.part.isSkeleton) - Number(b.part.isSkeleton))
  let loose: PointsPart[] = []
  for (const entry of pointParts) {
    const above = findOwner(entry.id, groups, parents)
    const owner = above === null ? ownerOfId(entry.id) : ownerOfId(above) ?? above
    if (owner === null) loose.push(entry)
    else add(entry, groupOf(owner))
  }

  for (const [orphan, box] of findRedrawn([...groups.values()])) {
    box.points = orphan.points
    groups.delete(orphan.id)
  }

  // One point that finds its box can leave a single box to another: again, until nothing moves.
  for (let before = -1; before !== loose.length;) {
    before = loose.length
    loose = loose.filter((entry) => {
      const owner = onlyOne(candidates(entry, boxes, margin))
      if (owner !== null) add(entry, owner)
      return owner === null
    })
  }

  const withoutBox = [...groups.values()].filter(({ bbox }) => bbox === null)
  const alone = groups.size === 1 ? onlyOne(withoutBox.filter((group) => canAllBeOf(group, loose))) : null
  let current: Group | null = null
  for (const entry of loose) {
    if (candidates(entry, boxes, margin).length > 1) {
      faults.push({ regionId: entry.id, kind: 'broken', reason: `(${describe(entry)}) lies in the boxes of several people: drag it onto its person in the list of regions` })
      continue
    }
    if (current === null || !lacks(current, entry)) {
      const owner = alone ?? onlyOne(candidates(entry, withoutBox, reach))
      if (owner !== null) {
        add(entry, owner)
        continue
      }
      current = groupOf(entry.id)
    }
    add(entry, current)
  }
  return { people: [...groups.values()].map(({ bounds, ...person }) => person), faults }

  function add ({ id, part }: PointsPart, group: Group): void {
    for (const { index, point } of part.points) {
      const there = group.points[index]
      if (there == null) {
        group.points[index] = point
        group.bounds = widen(group.bounds, point)
      } else if (!part.isSkeleton || Math.hypot(there.x - point.x, there.y - point.y) > samePlacePixels) {
        faults.push({ regionId: id, kind: 'broken', reason: `places "${names[index]}" a second time on the same person: that of region ${there.regionId} counts` })
      }
    }
  }

  function describe ({ part }: PointsPart): string {
    return part.points.length === 1 ? names[part.points[0]!.index]! : `a skeleton of ${part.points.length} points`
  }
}

/** The box above a region in the tree, or else what stands topmost there, which may be gone. */
function findOwner (id: string, groups: ReadonlyMap<string, Group>, parents: ReadonlyMap<string, string | null>): string | null {
  let owner = parents.get(id) ?? null
  const seen = new Set([id])
  while (owner !== null && !groups.get(owner)?.bbox && !seen.has(owner)) {
    const above = parents.get(owner) ?? null
    if (above === null) break
    seen.add(owner)
    owner = above
  }
  return owner
}

/**
 * Who deletes a box and draws a better one leaves points that name the old box, and a box without points: they belong
 * together where each is the other's only choice.
 */
function findRedrawn (groups: readonly Group[]): Array<[orphan: Group, box: Group]> {
  const bare = groups.filter(({ bbox, points }) => bbox !== null && points.every((point) => point === null))
  const choices = groups.filter(({ bbox }) => bbox === null).flatMap((orphan) => {
    const placed = orphan.points.filter((point) => point !== null)
    return bare.filter(({ bbox }) => contains(bbox!, placed, margin)).map((box): [Group, Group] => [orphan, box])
  })
  return choices.filter(([orphan, box]) => choices.every((other) => other[0] === orphan ? other[1] === box : other[1] !== box))
}

/** The people a loose part may belong to: those that contain it and lack its points, or else those that nearly contain it. */
function candidates (entry: PointsPart, people: readonly Group[], share: number): Group[] {
  const points = entry.part.points.map(({ point }) => point)
  const lacking = people.filter((group) => lacks(group, entry))
  const around = (share: number): Group[] => lacking.filter(({ bbox, bounds }) => contains(bbox ?? bounds, points, share))
  const containing = around(0)
  return containing.length > 0 ? containing : around(share)
}

function lacks (group: Group, { part }: PointsPart): boolean {
  return part.points.every(({ index }) => group.points[index] === null)
}

/** Where a point comes twice, there is somebody else. */
function canAllBeOf (group: Group, parts: readonly PointsPart[]): boolean {
  const indices = parts.flatMap(({ part }) => [...new Set(part.points.map(({ index }) => index))])
  return new Set(indices).size === indices.length && parts.every((part) => lacks(group, part))
}

function onlyOne (groups: readonly Group[]): Group | null {
  return groups.length === 1 ? groups[0]! : null
}

function contains (area: Box | null, points: readonly AnnotatedPoint[], share: number): boolean {
  if (area === null) return false
  const [x1, y1, x2, y2] = area
  const [dx, dy] = [(x2 - x1) * share, (y2 - y1) * share]
  return points.every(({ x, y }) => x >= x1 - dx && x <= x2 + dx && y >= y1 - dy && y <= y2 + dy)
}

function widen (bounds: Box | null, { x, y }: AnnotatedPoint): Box {
  const [x1, y1, x2, y2] = bounds ?? [x, y, x, y]
  return [Math.min(x1, x), Math.min(y1, y), Math.max(x2, x), Math.max(y2, y)]
}
