import t from 'tap'
import { chooseClickedBoxes, readDrawnBoxes } from '../../workers/detector/choose-boxes.ts'
import { decodeNmsInside } from '../../workers/detector/decode-nms-inside.ts'
import { decodeYolox, yoloxRows } from '../../workers/detector/decode-yolox.ts'
import { nms } from '../../workers/detector/nms.ts'

t.test('dets and labels: people above the threshold, in picture pixels', async (t) => {
  const dets = Float32Array.from([
    10, 20, 30, 40, 0.9,
    1, 2, 3, 4, 0.8,
    5, 6, 7, 8, 0.3,
    0, 0, 0, 0, 0
  ])
  const labels = BigInt64Array.from([0n, 2n, 0n, 0n])
  const boxes = decodeNmsInside(dets, labels, 0, 0.3, 0.65)
  t.same([...boxes], [10, 20, 30, 40].map((side) => Math.fround(side / Math.fround(0.65))).concat(Math.fround(0.9)), 'another class is nobody, and 0.3 is not above 0.3')
  t.equal(decodeNmsInside(dets, labels, 0, 0.29, 1).length, 10)
  t.equal(decodeNmsInside(Float32Array.from([5, 5, 5, 9, 0.9, NaN, 0, 9, 9, 0.9, -Infinity, 0, 9, 9, 0.9]), BigInt64Array.from([0n, 0n, 0n]), 0, 0.3, 1).length, 0, 'without an area there is nothing to crop')
  t.equal(decodeNmsInside(dets, Int32Array.from([1, 1, 1, 1]), 0, 0, 1).length, 0)
})

/** A raw YOLOX grid for a 32 x 64 input (16 columns and rows of cells at most) with 3 classes, and some cells set. */
function grid (cells: ReadonlyArray<{ row: number, box: number[], objectness: number, classes: number[] }>): Float32Array {
  const output = new Float32Array(yoloxRows(32, 64) * 8)
  for (const { row, box, objectness, classes } of cells) output.set([...box, objectness, ...classes], row * 8)
  return output
}

const options = { inputWidth: 32, inputHeight: 64, columns: 8, personClass: 0, threshold: 0.3, maxIou: 0.45 }

t.test('the raw grid: cells, strides, classes', async (t) => {
  t.equal(yoloxRows(416, 416), 3549)
  t.equal(yoloxRows(640, 640), 8400)
  t.equal(yoloxRows(32, 64), 32 + 8 + 2)
  const output = grid([
    // Second cell of the second row at stride 8.
    { row: 5, box: [0.5, 0.25, Math.log(2), Math.log(4)], objectness: 0.9, classes: [0.8, 0, 0] },
    // Second cell at stride 32, which lies below the first one.
    { row: 32 + 8 + 1, box: [0, 0.5, 0, 0], objectness: 0.5, classes: [0.8, 0.9, 0] },
    { row: 0, box: [0, 0, 0, 0], objectness: 1, classes: [0.2, 1, 1] }
  ])
  const boxes = [...decodeYolox(output, 0.5, options)].map((value) => Math.round(value * 100) / 100)
  t.same(boxes, [
    (12 - 8) / 0.5, (10 - 16) / 0.5, (12 + 8) / 0.5, (10 + 16) / 0.5, 0.72,
    (0 - 16) / 0.5, (48 - 16) / 0.5, (0 + 16) / 0.5, (48 + 16) / 0.5, 0.4
  ], 'best first; things of other classes are nobody')
  t.equal(decodeYolox(output, 1, { ...options, personClass: 1 }).length, 10)
})

t.test('the raw grid: duplicates go, and a threshold of 0 stays affordable', async (t) => {
  const box = [0.5, 0.5, Math.log(3), Math.log(3)]
  t.equal(decodeYolox(grid([{ row: 4, box, objectness: 0.9, classes: [1, 0, 0] }, { row: 5, box: [-0.4, 0.5, Math.log(3), Math.log(3)], objectness: 0.8, classes: [1, 0, 0] }]), 1, options).length, 5)

  const large = { ...options, inputWidth: 640, inputHeight: 640, columns: 6, threshold: 0 }
  const output = Float32Array.from({ length: yoloxRows(640, 640) * 6 }, (_, index) => [0.5, 0.5, -3, -3, 0.5, 1][index % 6]! + (index % 6 === 4 ? index / 1e6 : 0))
  const boxes = decodeYolox(output, 1, large)
  t.ok(boxes.length / 5 <= 1000)
  t.ok(boxes[4]! > 0.55, 'the best are among them')
})

t.test('suppression in the order and convention of RTMLib', async (t) => {
  const rows = (...boxes: number[][]) => Float64Array.from(boxes.flat())
  t.same(nms(rows([0, 0, 9, 9, 0.5], [0, 0, 9, 9, 0.9], [100, 0, 109, 9, 0.7]), 0.45), [1, 2])
  t.same(nms(rows([0, 0, 9, 9, 0.5], [20, 20, 29, 29, 0.5]), 0.45), [1, 0], 'among equal scores the later row comes first')
  // Sides of 10 pixels, 5 of them common: 50 / 150 with one pixel added, 36 / 126 without.
  t.same(nms(rows([0, 0, 9, 9, 0.9], [5, 0, 14, 9, 0.8]), 0.33), [0])
  t.same(nms(rows([0, 0, 9, 9, 0.9], [5, 0, 14, 9, 0.8]), 0.34), [0, 1])
  t.same(nms(new Float64Array(0), 0.45), [])
})

t.test('clicks choose boxes', async (t) => {
  const boxes = Float32Array.from([0, 0, 50, 100, 0.9, 50, 0, 100, 100, 0.8, 40, 0, 60, 100, 0.7])
  const at = (x: number, positive: boolean) => ({ x, y: 0.5, positive })
  const chosen = (...clicks: Array<ReturnType<typeof at>>) => [...chooseClickedBoxes(boxes, clicks, 100, 100)].filter((_, index) => index % 5 === 4).map((score) => Math.round(score * 10) / 10)
  t.same(chosen(at(0.2, true)), [0.9])
  t.same(chosen(at(0.45, true)), [0.7], 'where boxes overlap, the one it lies most centrally in')
  t.same(chosen(at(0.2, true), at(0.45, true)), [0.9, 0.7])
  t.same(chosen(at(0.45, true), at(0.2, false)), [0.7])
  t.same(chosen(at(0.45, true), at(0.48, false)), [])
  t.same(chosen(at(0.2, false)), [])
  t.same(chosen(), [])
})

t.test('drawn boxes: any two corners, but an area', async (t) => {
  t.same([...readDrawnBoxes([[0.5, 0.25, 0.25, 0.75]], 200, 100)], [50, 25, 100, 75, 1])
  t.equal(readDrawnBoxes([[0.5, 0.5, 0.5, 0.9], [NaN, 0, 1, 1], [0, 0, Infinity, 1], [0, 0, 1, 0]], 200, 100).length, 0)
})
