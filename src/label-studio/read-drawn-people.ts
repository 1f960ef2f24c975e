/** Reads where annotators have drawn people. */
import type { Box } from './annotated-person.ts'
import type { PicturePlan } from './control-plan.ts'
import { readRectangle } from './read-rectangle.ts'

/** One region of an annotation, as far as it is read. Everything in it comes from outside. */
interface DrawnRegion {
  type?: unknown
  from_name?: unknown
  to_name?: unknown
  item_index?: unknown
  original_width?: unknown
  original_height?: unknown
  value?: { x?: unknown, y?: unknown, width?: unknown, height?: unknown, rotation?: unknown, rectanglelabels?: unknown }
}

/**
 * The boxes of people in the regions of an annotation, in fractions of one picture: those with their label, and those without one of the control
 * that holds the people. Where the interface has no such control, rectangles without a label: one with a label says that it is something else.
 * @param itemIndex page of a multi-page picture, null for a single picture; a region without a page lies on the first
 * @param limit most boxes that are taken
 */
export function readDrawnPeople (regions: unknown, { image, people }: PicturePlan, itemIndex: number | null, limit: number): Box[] {
  if (!Array.isArray(regions)) return []
  return regions
    .filter((region): region is DrawnRegion => typeof region === 'object' && region !== null)
    .filter(({ to_name: toName }) => toName === undefined || toName === image.name)
    .filter(({ item_index: page }) => itemIndex === null || (Number.isInteger(page) ? page : 0) === itemIndex)
    .filter((region) => isPerson(region, people))
    .map(readRectangle).filter((box) => box !== null).slice(0, limit)
}

function isPerson ({ type, from_name: fromName, value }: DrawnRegion, people: PicturePlan['people']): boolean {
  if (type !== 'rectangle' && type !== 'rectanglelabels') return false
  const labels = Array.isArray(value?.rectanglelabels) ? value.rectanglelabels : []
  if (people === null) return labels.length === 0
  if (labels.length > 0 && people.label !== null) return labels.includes(people.label)
  return fromName === people.fromName
}
