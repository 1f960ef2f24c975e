import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { AnnotatedPerson, RegionFault } from './annotated-person.ts'
import type { ControlPlan, PicturePlan } from './control-plan.ts'
import { groupPeople, type PlacedPart } from './group-people.ts'
import { normalizeName } from './normalize-name.ts'
import { readPersonRegion, type RawRegion } from './read-person-region.ts'
import { regionIds } from './region-ids.ts'

export interface ReadPeople {
  /** Picture by picture in the order of the result, boxes in their order before people without one. */
  people: AnnotatedPerson[]
  faults: RegionFault[]
}

/** Choices of a per-region Choices control that say that a point cannot be seen. */
const occluded = new Set(['occluded', 'hidden', 'invisible', 'notvisible'])

/**
 * The people of an annotation or a prediction, the counterpart of toPrediction. Whose a point is tells, in this order: the
 * box it lies under in the region tree (`parentID`), the id that toPrediction gave it, the one box that contains it and
 * lacks that point. A box drawn anew takes the points of the one it replaces. A point of nobody's box belongs to the one person
 * without a box that lacks it and is near, or is alone on the page; else such points make people of their own, and one that comes
 * again begins the next person.
 * Nothing is dropped silently: what cannot be read, or belongs to one of several boxes, is among the faults.
 * @param result as Label Studio stores it; anything may stand in it
 */
export function readPeople (result: unknown, plan: ControlPlan, set: KeypointSet): ReadPeople {
  const faults: RegionFault[] = []
  if (!Array.isArray(result)) {
    return { people: [], faults: [{ regionId: 'number 1', kind: 'broken', reason: 'is not there: the result is no list' }] }
  }
  const regions: Array<{ id: string, region: RawRegion }> = []
  for (const [index, entry] of (result as unknown[]).entries()) {
    const place = `number ${index + 1}`
    if (typeof entry !== 'object' || entry === null || typeof (entry as RawRegion).type !== 'string') {
      faults.push({ regionId: place, kind: 'broken', reason: 'is no region' })
      continue
    }
    const region = readRaw(entry)
    regions.push({ id: typeof region.id === 'string' ? region.id : place, region })
  }

  const hidden = findOccluded(regions)
  const pages = new Map<string, Page>()
  for (const { id, region } of regions) {
    const page = placeOnPage(region, plan, pages)
    if (page === null) continue
    if (typeof page === 'string') {
      faults.push({ regionId: id, kind: 'broken', reason: page })
      continue
    }
    page.regions.push({ id, region })
  }

  const parents = findParents(regions)
  const people: AnnotatedPerson[] = []
  for (const page of pages.values()) {
    const parts: PlacedPart[] = []
    for (const { id, region } of page.regions) {
      const fault = (kind: RegionFault['kind'], reason: string) => { faults.push({ regionId: id, kind, reason }) }
      if (page.size === null) {
        fault('broken', 'does not say how large its picture is (original_width, original_height)')
        continue
      }
      const { part, faults: found } = readPersonRegion(region, { plan: page.plan, set, regionId: id, isOccluded: hidden.has(id), size: page.size })
      for (const { kind, reason } of found) fault(kind, reason)
      if (part !== null) parts.push({ id, part })
    }
    const grouped = groupPeople(parts, { parents, ownerOfId: regionIds.personOf, names: set.names })
    faults.push(...grouped.faults)
    const { plan: { image }, itemIndex, size } = page
    people.push(...grouped.people.map((person) => ({ ...person, imageName: image.name, itemIndex, width: size?.width ?? 0, height: size?.height ?? 0 })))
  }
  return { people, faults }
}

interface Page {
  plan: PicturePlan
  itemIndex: number | null
  /** Pixels; null as long as no region has told it. */
  size: { width: number, height: number } | null
  regions: Array<{ id: string, region: RawRegion }>
}

/** The page a region lies on. null: it is none that a person is read from; a text: what is wrong. */
function placeOnPage (region: RawRegion, plan: ControlPlan, pages: Map<string, Page>): Page | string | null {
  if (!readable.has(String(region.type))) return null
  const picture = region.to_name === undefined && plan.pictures.length === 1 ? plan.pictures[0] : plan.pictures.find(({ image }) => image.name === region.to_name)
  if (picture === undefined) {
    return plan.images.some(({ name }) => name === region.to_name) ? null : `lies on ${JSON.stringify(region.to_name)?.slice(0, 60)}, which the labelling interface does not have`
  }
  const itemIndex = picture.image.multi ? (Number.isInteger(region.item_index) ? region.item_index as number : 0) : null
  const key = `${itemIndex ?? ''}:${picture.image.name}`
  let page = pages.get(key)
  if (page === undefined) {
    page = { plan: picture, itemIndex, size: null, regions: [] }
    pages.set(key, page)
  }
  page.size ??= readSize(region)
  return page
}

const readable = new Set(['rectangle', 'rectanglelabels', 'keypoint', 'keypointlabels', 'vector', 'vectorlabels'])

function readSize ({ original_width: width, original_height: height }: RawRegion): { width: number, height: number } | null {
  return typeof width === 'number' && typeof height === 'number' && Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0 ? { width, height } : null
}

/** A region without a value is named by what its type misses. */
function readRaw (entry: object): RawRegion {
  const { value } = entry as { value?: unknown }
  return typeof value === 'object' && value !== null ? entry as RawRegion : { ...entry, value: {} }
}

/** Results of one region have the same id; what one of them says of its place in the tree counts for all. */
function findParents (regions: ReadonlyArray<{ id: string, region: RawRegion }>): Map<string, string | null> {
  const parents = new Map<string, string | null>()
  for (const { id, region } of regions) parents.set(id, typeof region.parentID === 'string' ? region.parentID : parents.get(id) ?? null)
  return parents
}

/** A per-region choice is a result of its own with the id of the region it is about. */
function findOccluded (regions: ReadonlyArray<{ id: string, region: RawRegion }>): Set<string> {
  const found = new Set<string>()
  for (const { id, region } of regions) {
    const choices = region.type === 'choices' ? region.value['choices'] : undefined
    if (Array.isArray(choices) && choices.some((choice) => typeof choice === 'string' && occluded.has(normalizeName(choice)))) found.add(id)
  }
  return found
}
