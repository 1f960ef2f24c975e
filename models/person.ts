/**
 * One person found in a picture. All coordinates are pixels of the upright (EXIF-oriented) picture,
 * x to the right, y down, origin at the top left corner of the top left pixel.
 */
export interface Person {
  /** x1, y1, x2, y2. */
  bbox: readonly [number, number, number, number]
  /** 0..1, combines the box and the points: what people are sorted by. */
  score: number
  /** 0..1, the detector's own score; 1 for a box drawn by a person. */
  bboxScore: number
  /** K x (x, y, confidence), flat. confidence 0 = not found, x and y are then 0 as well. */
  keypoints: Float64Array
}
