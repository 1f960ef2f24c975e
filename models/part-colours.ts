/**
 * Colours of parts, in presets and drawings. Cool ones are the person's own left, warm ones the right. Each has a contrast of more than 3 to 1
 * against white and against black, so that it can be seen on light and on dark pictures.
 */
import type { PartName, TreeName } from './keypoint-set.ts'
import type { Side } from './keypoints/side-of-name.ts'

export type BoneName = Exclude<TreeName, 'body'>

const body = { left: '#1E88E5', right: '#F4511E', middle: '#5F8F2C' }
const leftHand = '#2E9E4F'
const rightHand = '#E01E5A'

export const pointColours: Readonly<Record<PartName, Readonly<Record<Side, string>>>> = {
  body,
  feet: { left: '#00869A', right: '#B97500', middle: body.middle },
  face: { left: '#6A6FE0', right: '#D04A9E', middle: '#9C4FC4' },
  left_hand: { left: leftHand, right: leftHand, middle: leftHand },
  right_hand: { left: rightHand, right: rightHand, middle: rightHand }
}

/** The body whole has no colour: presets draw its sides apart. */
export const boneColours: Readonly<Record<BoneName, string>> = {
  left_side: body.left,
  right_side: body.right,
  left_hand: leftHand,
  right_hand: rightHand
}

export const personColour = '#9A7B4F'
