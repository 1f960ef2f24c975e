import type { PointLayout } from './point-layout.ts'

/** The only category, a person. Pairs of the skeleton count from 1, as COCO's do. */
export function cocoCategory ({ names, links }: PointLayout) {
  return { id: 1, name: 'person', supercategory: 'person', keypoints: names, skeleton: links.map(([from, to]) => [from + 1, to + 1]) }
}
