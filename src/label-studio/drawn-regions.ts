import type { RectangleLike } from './read-rectangle.ts'

/** A region that somebody drew, as far as boxes and clicks are read from it. Everything in it comes from outside. */
export interface DrawnRegion extends RectangleLike {
  type?: unknown
  from_name?: unknown
  to_name?: unknown
  item_index?: unknown
  is_positive?: unknown
  value?: RectangleLike['value'] & { rectanglelabels?: unknown }
}

/** The regions of a list that lie on the picture of an Image tag, or do not say on which. */
export function drawnRegions (list: unknown, image: { name: string }): DrawnRegion[] {
  if (!Array.isArray(list)) return []
  return list
    .filter((region): region is DrawnRegion => typeof region === 'object' && region !== null)
    .filter(({ to_name: toName }) => toName === undefined || toName === image.name)
}

/** Whether a region has the form of a box. */
export function isRectangle ({ type }: DrawnRegion): boolean {
  return type === 'rectangle' || type === 'rectanglelabels'
}
