import type { KeypointSet } from '../keypoint-set.ts'
import { coco17 } from './coco-17.ts'

const FACE = 23
const LEFT_HAND = 91
const RIGHT_HAND = 112
const feetEdges = [[17, 15], [18, 15], [19, 15], [20, 16], [21, 16], [22, 16]] as const

/** Body, feet, 68 face points in the 300W order and both hands. Facts as in mmpose's COCO-WholeBody description. */
export const cocoWholebody133: KeypointSet = {
  id: 'coco-wholebody-133',
  names: [
    ...coco17.names,
    'left_big_toe', 'left_small_toe', 'left_heel', 'right_big_toe', 'right_small_toe', 'right_heel',
    ...Array.from({ length: 68 }, (_, index) => `face-${index}`),
    ...handNames('left'), ...handNames('right')
  ],
  flip: [
    ...coco17.flip, 20, 21, 22, 17, 18, 19,
    // jaw, brows
    ...descending(39, 23), ...descending(49, 40),
    // bridge and nostrils
    50, 51, 52, 53, 58, 57, 56, 55, 54,
    // eyes
    68, 67, 66, 65, 70, 69, 62, 61, 60, 59, 64, 63,
    // outer and inner lip
    ...descending(77, 71), ...descending(82, 78), 87, 86, 85, 84, 83, 90, 89, 88,
    ...ascending(RIGHT_HAND, 132), ...ascending(LEFT_HAND, 111)
  ],
  links: [
    ...coco17.links, [15, 17], [15, 18], [15, 19], [16, 20], [16, 21], [16, 22],
    ...handLinks(LEFT_HAND), ...handLinks(RIGHT_HAND)
  ],
  parts: [
    { name: 'body', first: 0, last: 16 },
    { name: 'feet', first: 17, last: 22 },
    { name: 'face', first: FACE, last: 90 },
    { name: 'left_hand', first: LEFT_HAND, last: 111 },
    { name: 'right_hand', first: RIGHT_HAND, last: 132 }
  ],
  sigmas: [
    ...coco17.sigmas,
    0.068, 0.066, 0.066, 0.092, 0.094, 0.094,
    0.042, 0.043, 0.044, 0.043, 0.040, 0.035, 0.031, 0.025, 0.020, 0.023, 0.029, 0.032, 0.037, 0.038, 0.043, 0.041, 0.045,
    0.013, 0.012, 0.011, 0.011, 0.012, 0.012, 0.011, 0.011, 0.013, 0.015,
    0.009, 0.007, 0.007, 0.007, 0.012, 0.009, 0.008, 0.016, 0.010,
    0.017, 0.011, 0.009, 0.011, 0.009, 0.007, 0.013, 0.008, 0.011, 0.012, 0.010, 0.034,
    0.008, 0.008, 0.009, 0.008, 0.008, 0.007, 0.010, 0.008, 0.009, 0.009, 0.009, 0.007, 0.007, 0.008, 0.011, 0.008, 0.008, 0.008, 0.010, 0.008,
    ...handSigmas(), ...handSigmas()
  ],
  trees: [
    ...coco17.trees.map(({ name, edges }) => ({ name, edges: [...edges, ...feetEdges.filter(([, ankle]) => edges.some(([child]) => child === ankle))] })),
    { name: 'left_hand', edges: handTree(LEFT_HAND) },
    { name: 'right_hand', edges: handTree(RIGHT_HAND) }
  ]
}

function handNames (side: 'left' | 'right'): string[] {
  const fingers = ['thumb', 'forefinger', 'middle_finger', 'ring_finger', 'pinky_finger']
  return [`${side}_hand_root`, ...fingers.flatMap((finger) => [1, 2, 3, 4].map((joint) => `${side}_${finger}${joint}`))]
}

/** From the root along each finger. */
function handLinks (root: number): Array<[number, number]> {
  const links: Array<[number, number]> = []
  for (let finger = 0; finger < 5; finger++) {
    const base = root + 1 + finger * 4
    links.push([root, base], [base, base + 1], [base + 1, base + 2], [base + 2, base + 3])
  }
  return links
}

function handTree (root: number): Array<[number, number]> {
  return [[root, -1], ...handLinks(root).map(([parent, child]): [number, number] => [child, parent])]
}

function handSigmas (): number[] {
  return [0.029, 0.022, 0.035, 0.037, 0.047, 0.026, 0.025, 0.024, 0.035, 0.018, 0.024, 0.022, 0.026, 0.017, 0.021, 0.021, 0.032, 0.020, 0.019, 0.022, 0.031]
}

function ascending (first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function descending (first: number, last: number): number[] {
  return ascending(last, first).reverse()
}
