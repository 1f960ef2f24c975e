import t from 'tap'
import { createSimccConfidence } from '../../models/confidence/simcc-confidence.ts'
import { bboxToCrop } from '../../workers/pose/bbox-to-crop.ts'
import { decodeSimcc, type SimccDecoder } from '../../workers/pose/decode-simcc.ts'

const peakDecoder: SimccDecoder = {
  points: 3,
  splitRatio: 2,
  inputWidth: 192,
  inputHeight: 256,
  beta: null,
  confidence: createSimccConfidence({ kind: 'peak' }, [384, 512]),
  calibrate: (_point, confidence) => confidence
}

function rows (peaks: ReadonlyArray<readonly [bin: number, value: number]>, bins: number): Float32Array {
  const values = new Float32Array(peaks.length * bins)
  peaks.forEach(([bin, value], point) => { values[point * bins + bin] = value })
  return values
}

t.test('argmax goes back into the picture', async (t) => {
  const crop = bboxToCrop(100, 50, 200, 250, 192, 256)
  const x = rows([[192, 0.8], [0, 0.4], [383, 1.8]], 384)
  const y = rows([[256, 0.6], [0, 0.4], [511, 1.2]], 512)
  x[0 * 384 + 300] = Math.fround(0.8)
  const points = [...decodeSimcc({ x, y, binsX: 384, binsY: 512 }, crop, peakDecoder)]
  t.same(points.slice(0, 2), [150, 150], 'the middle; of two equal maxima the first counts')
  t.ok(Math.abs(points[2]! - 0.7) < 1e-6)
  t.same(points.slice(3, 5), [150 - crop.scaleX / 2, 150 - crop.scaleY / 2], 'the corner of the crop')
  t.same(points[8], 1, 'limited to 1')
})

t.test('rows without evidence are not found, wherever their maximum lies', async (t) => {
  const crop = bboxToCrop(0, 0, 100, 200, 192, 256)
  const x = rows([[10, 0], [10, 0.5], [10, 0.4]], 384)
  const y = rows([[20, 0], [20, 0.5], [20, 0.4]], 512)
  x.fill(-1, 384, 768)
  const points = decodeSimcc({ x, y, binsX: 384, binsY: 512 }, crop, peakDecoder)
  t.same([...points.subarray(0, 6)], [0, 0, 0, 0, 0, 0])
  t.ok(points[8]! > 0)
})

t.test('logits answer the same whatever the factor of the training was', async (t) => {
  const crop = bboxToCrop(0, 0, 100, 200, 192, 256)
  const bell = (bins: number, centre: number, sigma: number, height: number) => Float32Array.from({ length: bins }, (_, bin) => height * Math.exp(-((bin - centre) ** 2) / (2 * sigma * sigma)))
  const decode = (beta: number, sharpness: number, offset: number) => {
    const confidence = createSimccConfidence({ kind: 'logits', beta, sigma: [4.9, 5.66] }, [384, 512])
    const shift = (row: Float32Array) => row.map((value) => value + offset)
    const decoder = { ...peakDecoder, points: 1, beta, confidence }
    return decodeSimcc({ x: shift(bell(384, 100, 4.9, sharpness / beta)), y: shift(bell(512, 100, 5.66, sharpness / beta)), binsX: 384, binsY: 512 }, crop, decoder)[2]!
  }
  t.ok(Math.abs(decode(10, 10, 0) - 1) < 1e-3, 'a row as it was taught is sure')
  t.ok(Math.abs(decode(1, 10, 0) - 1) < 1e-3)
  t.ok(Math.abs(decode(1, 6, 0) - decode(10, 6, 0)) < 1e-6)
  t.ok(Math.abs(decode(1, 6, 2) - decode(1, 6, 0)) < 1e-6, 'an offset changes nothing')
  t.ok(decode(1, 3, 0) < decode(1, 6, 0) && decode(1, 6, 0) < 1, 'flatter rows are less sure')
  t.ok(decode(1, 1, 0) < 0.05)
})

t.test('confidences are calibrated', async (t) => {
  const crop = bboxToCrop(0, 0, 100, 200, 192, 256)
  const decoder = { ...peakDecoder, calibrate: (point: number, confidence: number) => point === 1 ? confidence / 2 : confidence }
  const same: Array<[number, number]> = [[5, 0.8], [5, 0.8], [5, 0.8]]
  const points = decodeSimcc({ x: rows(same, 384), y: rows(same, 512), binsX: 384, binsY: 512 }, crop, decoder)
  t.ok(Math.abs(points[2]! - 0.8) < 1e-6 && Math.abs(points[5]! - 0.4) < 1e-6)
})
