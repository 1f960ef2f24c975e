/** Reads where annotators have drawn people. */
import type { Box } from './annotated-person.ts'
import type { PicturePlan } from './control-plan.ts'
import { drawnRegions, isRectangle, type DrawnRegion } from './drawn-regions.ts'
import { readRectangle } from './read-rectangle.ts'

/**
 * The boxes of people in the regions of an annotation, in fractions of one picture: those with their label, and those without one of the control
 * that holds the people. Where the interface has no such control, rectangles without a label: one with a label says that it is something else.
 * @param itemIndex page of a multi-page picture, null for a single picture; a region without a page lies on the first
 * @param limit most boxes that are taken
 */
export function readDrawnPeople (regions: unknown, { image, people }: PicturePlan, itemIndex: number | null, limit: number): Box[] {
  return drawnRegions(regions, image)
    .filter(({ item_index: page }) => itemIndex === null || (Number.isInteger(page) ? page : 0) === itemIndex)
    .filter((region) => isRectangle(region) && isPerson(region, people))
    .map(readRectangle).filter((box) => box !== null).slice(0, limit)
}

function isPerson ({ from_name: fromName, value }: DrawnRegion, people: PicturePlan['people']): boolean {
  const labels = Array.isArray(value?.rectanglelabels) ? value.rectanglelabels : []
  if (people === null) return labels.length === 0
  if (labels.length > 0 && people.label !== null) return labels.includes(people.label)
  return fromName === people.fromName
}
