/** A figure as its publisher gives it: not measured here, and not comparable between measures. */
export interface PublishedAccuracy {
  /** What was measured, for example "whole-body AP". */
  measure: string
  value: number
  /** Data, conditions, and who says so. */
  source: string
}

const wholeBody = (value: number, source: string): PublishedAccuracy => ({ measure: 'whole-body AP', value, source: `COCO-WholeBody v1.0 val, people of a detector with AP 56.4, with flip test; ${source}` })
const humanArt = (value: number): PublishedAccuracy => ({ measure: 'person AP', value, source: 'mmpose projects/rtmpose' })
/** Of networks that were trained on seven collections, COCO among them: their publisher warns of comparing the figures. */
const body7 = (value: number): PublishedAccuracy => ({ measure: 'person AP, 17 points', value, source: 'COCO val, with flip test, mmpose projects/rtmpose' })
const halpe26 = (value: number): PublishedAccuracy => ({ measure: 'PCK@0.1, 26 points', value, source: 'Body8 (seven sets and OCHuman), mmpose projects/rtmpose' })
const coco = (value: number): PublishedAccuracy => ({ measure: 'AP of 80 classes', value, source: 'COCO, Megvii YOLOX demo/ONNXRuntime' })

/** By the id of the registry; entries that are not here have no figure that could be checked. */
export const publishedAccuracy: Readonly<Record<string, PublishedAccuracy>> = {
  'rtmw-m-256x192': wholeBody(58.2, 'mmpose rtmw_cocktail14'),
  'rtmw-l-256x192': wholeBody(66.0, 'mmpose rtmw_cocktail14'),
  'rtmw-l-384x288': wholeBody(70.1, 'mmpose rtmw_cocktail14'),
  'rtmpose-s-body7-256x192': body7(69.7),
  'rtmpose-m-body7-256x192': body7(74.9),
  'rtmpose-x-body7-384x288': body7(78.8),
  'rtmpose-s-halpe26-256x192': halpe26(93.0),
  'rtmpose-m-halpe26-256x192': halpe26(94.8),
  'rtmpose-x-halpe26-384x288': halpe26(95.7),
  'dwpose-m-256x192': wholeBody(60.6, 'DWPose'),
  'dwpose-l-384x288': wholeBody(66.5, 'DWPose'),
  'yolox-nano-humanart': humanArt(38.9),
  'yolox-tiny-humanart': humanArt(47.7),
  'yolox-s-humanart': humanArt(54.6),
  'yolox-m-humanart': humanArt(59.1),
  'yolox-l-humanart': humanArt(60.2),
  'yolox-x-humanart': humanArt(61.3),
  'yolox-nano-coco': coco(25.8),
  'yolox-tiny-coco': coco(32.8),
  'yolox-s-coco': coco(40.5),
  'yolox-m-coco': coco(47.2),
  'yolox-l-coco': coco(50.1),
  'yolox-x-coco': coco(51.5)
}
