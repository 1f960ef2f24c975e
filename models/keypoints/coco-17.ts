import type { KeypointSet } from '../keypoint-set.ts'

/** The 17 body points of COCO. Names, order, links and sigmas as in mmpose's dataset description. */
export const coco17: KeypointSet = {
  id: 'coco-17',
  names: [
    'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist',
    'left_hip', 'right_hip', 'left_knee', 'right_knee', 'left_ankle', 'right_ankle'
  ],
  flip: [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15],
  links: [
    [15, 13], [13, 11], [16, 14], [14, 12], [11, 12], [5, 11], [6, 12], [5, 6], [5, 7], [6, 8], [7, 9], [8, 10],
    [1, 2], [0, 1], [0, 2], [1, 3], [2, 4], [3, 5], [4, 6]
  ],
  parts: [{ name: 'body', first: 0, last: 16 }],
  sigmas: [0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089],
  trees: [
    {
      name: 'body',
      edges: [
        [0, -1], [1, 0], [2, 0], [3, 1], [4, 2], [5, 0], [6, 0], [7, 5], [8, 6], [9, 7], [10, 8],
        [11, 5], [12, 6], [13, 11], [14, 12], [15, 13], [16, 14]
      ]
    },
    // From the shoulders, which are found most often; the nose goes with the left.
    { name: 'left_side', edges: [[5, -1], [3, 5], [1, 3], [0, 1], [7, 5], [9, 7], [11, 5], [13, 11], [15, 13]] },
    { name: 'right_side', edges: [[6, -1], [4, 6], [2, 4], [8, 6], [10, 8], [12, 6], [14, 12], [16, 14]] }
  ]
}
