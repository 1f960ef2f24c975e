import type { KeypointSet } from '../keypoint-set.ts'
import { coco17 } from './coco-17.ts'

/** COCO's body, three points on the axis and the feet, as in Halpe. Links and sigmas as in mmpose's dataset description. */
export const halpe26: KeypointSet = {
  id: 'halpe-26',
  names: [
    ...coco17.names, 'head', 'neck', 'hip',
    'left_big_toe', 'right_big_toe', 'left_small_toe', 'right_small_toe', 'left_heel', 'right_heel'
  ],
  flip: [...coco17.flip, 17, 18, 19, 21, 20, 23, 22, 25, 24],
  links: [
    [15, 13], [13, 11], [11, 19], [16, 14], [14, 12], [12, 19], [17, 18], [18, 19], [18, 5], [5, 7], [7, 9], [18, 6], [6, 8], [8, 10],
    [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6],
    [15, 20], [15, 22], [15, 24], [16, 21], [16, 23], [16, 25]
  ],
  parts: [{ name: 'body', first: 0, last: 19 }, { name: 'feet', first: 20, last: 25 }],
  sigmas: [...coco17.sigmas, 0.026, 0.026, 0.066, 0.079, 0.079, 0.079, 0.079, 0.079, 0.079],
  trees: [
    {
      name: 'body',
      edges: [
        [0, -1], [1, 0], [2, 0], [3, 1], [4, 2], [17, 0], [18, 0], [5, 18], [6, 18], [7, 5], [8, 6], [9, 7], [10, 8],
        [19, 18], [11, 19], [12, 19], [13, 11], [14, 12], [15, 13], [16, 14],
        [20, 15], [22, 15], [24, 15], [21, 16], [23, 16], [25, 16]
      ]
    },
    // The points on the axis go with the left.
    {
      name: 'left_side',
      edges: [
        [18, -1], [0, 18], [17, 0], [1, 0], [3, 1], [5, 18], [7, 5], [9, 7],
        [19, 18], [11, 19], [13, 11], [15, 13], [20, 15], [22, 15], [24, 15]
      ]
    },
    { name: 'right_side', edges: [[6, -1], [4, 6], [2, 4], [8, 6], [10, 8], [12, 6], [14, 12], [16, 14], [21, 16], [23, 16], [25, 16]] }
  ]
}
