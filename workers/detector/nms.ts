/**
 * Greedy suppression in RTMLib's convention: sides count one pixel more (x2 - x1 + 1), and boxes whose IoU is above the limit go.
 * @param boxes n x (x1, y1, x2, y2, score)
 * @returns rows that stay, best score first; among equal scores the later row
 */
export function nms (boxes: Float64Array, maxIou: number): number[] {
  const count = boxes.length / 5
  const order = Array.from({ length: count }, (_, row) => row).sort((a, b) => boxes[b * 5 + 4]! - boxes[a * 5 + 4]! || b - a)
  const kept: number[] = []
  for (const row of order) {
    if (!kept.some((better) => iou(boxes, better * 5, row * 5) > maxIou)) kept.push(row)
  }
  return kept
}

function iou (boxes: Float64Array, a: number, b: number): number {
  const width = Math.min(boxes[a + 2]!, boxes[b + 2]!) - Math.max(boxes[a]!, boxes[b]!) + 1
  const height = Math.min(boxes[a + 3]!, boxes[b + 3]!) - Math.max(boxes[a + 1]!, boxes[b + 1]!) + 1
  if (width <= 0 || height <= 0) return 0
  const common = width * height
  return common / (area(boxes, a) + area(boxes, b) - common)
}

function area (boxes: Float64Array, at: number): number {
  return (boxes[at + 2]! - boxes[at]! + 1) * (boxes[at + 3]! - boxes[at + 1]! + 1)
}
