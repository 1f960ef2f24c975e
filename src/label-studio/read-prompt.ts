/** Reads what an annotator drew to ask for a person. */
import type { BoxSource } from '../../workers/protocol.ts'
import type { PicturePlan } from './control-plan.ts'
import { drawnRegions, isRectangle, type DrawnRegion } from './drawn-regions.ts'
import { isFiniteNumber } from './is-finite-number.ts'
import { readRectangle } from './read-rectangle.ts'
import { toFraction } from './to-fraction.ts'

/**
 * The prompt of an interactive request for one picture: rectangles become boxes, or else key points become clicks,
 * both in fractions of the picture. null: nothing in it asks for a person of this picture.
 * @param itemIndex page of a multi-page picture, null for a single picture
 * @param limit most boxes or clicks that are taken
 */
export function readPrompt (context: unknown, picture: PicturePlan, itemIndex: number | null, limit: number): BoxSource | null {
  const list = typeof context === 'object' && context !== null && 'result' in context ? context.result : null
  const drawn = drawnRegions(list, picture.image).filter((region) => itemIndex === null || region.item_index === undefined || region.item_index === itemIndex)

  const boxes = drawn
    .filter((region) => isRectangle(region) && !isOtherObject(region, picture))
    .map(readRectangle).filter((box) => box !== null).slice(0, limit)
  if (boxes.length > 0) return { kind: 'boxes', boxes }

  const clicks = drawn
    .filter((region) => region.type === 'keypoint' || region.type === 'keypointlabels')
    .map(toClick).filter((click) => click !== null).slice(0, limit)
  return clicks.some(({ positive }) => positive) ? { kind: 'clicks', clicks } : null
}

/** A box drawn with the label of something else, in the very control that holds the people, asks for no pose. */
function isOtherObject ({ from_name: fromName, value }: DrawnRegion, { people }: PicturePlan): boolean {
  const labels = value?.rectanglelabels
  return people !== null && people.label !== null && fromName === people.fromName && Array.isArray(labels) && labels.length > 0 && !labels.includes(people.label)
}

function toClick ({ value, is_positive: isPositiveClick }: DrawnRegion): { x: number, y: number, positive: boolean } | null {
  if (!isFiniteNumber(value?.x) || !isFiniteNumber(value.y)) return null
  return { x: toFraction(value.x), y: toFraction(value.y), positive: isPositiveClick !== false }
}
