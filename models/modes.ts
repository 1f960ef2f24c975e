/**
 * Which two models work together: RTMLib's solutions and modes (`body-` has 17 points, `feet-` 26, the others 133), and
 * the project's own small models, which need no download.
 */
export const modes = {
  starter: { detector: 'starter-detector', pose: 'starter-pose' },
  lightweight: { detector: 'yolox-tiny-humanart', pose: 'rtmw-m-256x192' },
  balanced: { detector: 'yolox-m-humanart', pose: 'rtmw-l-256x192' },
  performance: { detector: 'yolox-m-humanart', pose: 'rtmw-l-384x288' },
  'body-lightweight': { detector: 'yolox-tiny-humanart', pose: 'rtmpose-s-body7-256x192' },
  'body-balanced': { detector: 'yolox-m-humanart', pose: 'rtmpose-m-body7-256x192' },
  'body-performance': { detector: 'yolox-x-humanart', pose: 'rtmpose-x-body7-384x288' },
  'feet-lightweight': { detector: 'yolox-tiny-humanart', pose: 'rtmpose-s-halpe26-256x192' },
  'feet-balanced': { detector: 'yolox-m-humanart', pose: 'rtmpose-m-halpe26-256x192' },
  'feet-performance': { detector: 'yolox-x-humanart', pose: 'rtmpose-x-halpe26-384x288' }
} as const satisfies Record<string, { detector: string, pose: string }>

export type Mode = keyof typeof modes

/**
 * Other detectors for any mode. Those of RTMLib were trained with Human-Art, whose pictures are for non-commercial use;
 * `coco-` stands for the YOLOX project's own, trained on COCO alone, with 80 classes of which people are taken.
 */
export const detectorChoices = {
  nano: 'yolox-nano-humanart',
  tiny: 'yolox-tiny-humanart',
  s: 'yolox-s-humanart',
  m: 'yolox-m-humanart',
  l: 'yolox-l-humanart',
  x: 'yolox-x-humanart',
  'coco-nano': 'yolox-nano-coco',
  'coco-tiny': 'yolox-tiny-coco',
  'coco-s': 'yolox-s-coco',
  'coco-m': 'yolox-m-coco',
  'coco-l': 'yolox-l-coco',
  'coco-x': 'yolox-x-coco'
} as const satisfies Record<string, string>

export type DetectorChoice = keyof typeof detectorChoices
