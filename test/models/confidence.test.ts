import t from 'tap'
import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import { reindexCalibration } from '../../models/confidence/reindex-calibration.ts'
import { createSimccConfidence, idealSoftmaxPeak } from '../../models/confidence/simcc-confidence.ts'

const round = (value: number): number => Math.round(value * 1e4) / 1e4

t.test('the ideal peaks of the published trainings', async (t) => {
  t.equal(round(idealSoftmaxPeak(4.9, 384)), 0.2455)
  t.equal(round(idealSoftmaxPeak(5.66, 512)), 0.2124)
  t.equal(round(idealSoftmaxPeak(6, 576)), 0.2003)
  t.equal(round(idealSoftmaxPeak(6.93, 768)), 0.1733)
})

t.test('logits: the share of the ideal peak on the less sure axis', async (t) => {
  const confidence = createSimccConfidence({ kind: 'logits', beta: 1, sigma: [4.9, 5.66] }, [384, 512])
  const sure = { peak: 10, softmaxPeak: 0.2455 }
  t.ok(confidence(sure, { peak: 10, softmaxPeak: 0.2124 }) > 0.999)
  t.equal(round(confidence(sure, { peak: 10, softmaxPeak: 0.1062 })), 0.5)
  t.equal(round(confidence({ peak: 3, softmaxPeak: 0.02455 }, { peak: 10, softmaxPeak: 0.2124 })), 0.1)
  t.equal(confidence({ peak: 10, softmaxPeak: 0.9 }, { peak: 10, softmaxPeak: 0.9 }), 1, 'never above 1')
  t.equal(confidence({ peak: 0, softmaxPeak: 1 / 384 }, { peak: 0, softmaxPeak: 1 / 512 }), 0, 'rows of zeros say nothing')
  t.equal(confidence({ peak: -3, softmaxPeak: 0.2 }, { peak: 1, softmaxPeak: 0.2 }), 0, 'rejected as in RTMLib')
})

t.test('peak: the mean of both peaks, between 0 and 1', async (t) => {
  const confidence = createSimccConfidence({ kind: 'peak' }, [384, 512])
  t.equal(confidence({ peak: 0.5, softmaxPeak: NaN }, { peak: 0.25, softmaxPeak: NaN }), 0.375)
  t.equal(confidence({ peak: 1.5, softmaxPeak: NaN }, { peak: 1.1, softmaxPeak: NaN }), 1)
  t.equal(confidence({ peak: -1, softmaxPeak: NaN }, { peak: 0.5, softmaxPeak: NaN }), 0)
})

t.test('calibration is linear between knots and constant beyond them', async (t) => {
  const calibrate = createConfidenceCalibration({ groups: [{ points: [0, 2], knots: [[0.1, 0.05], [0.5, 0.2], [0.9, 0.95]] }] })
  t.equal(calibrate(0, 0.05), 0.05)
  t.equal(round(calibrate(0, 0.3)), 0.125)
  t.equal(calibrate(2, 0.5), 0.2)
  t.equal(round(calibrate(2, 0.7)), 0.575)
  t.equal(calibrate(2, 1), 0.95)
  t.equal(calibrate(1, 0.3), 0.3, 'a point in no group')
  t.equal(calibrate(0, 0), 0, 'not found stays not found')
  t.equal(createConfidenceCalibration(null)(0, 0.4), 0.4)
})

t.test('a calibration is taken to another keypoint set by the names of its points', async (t) => {
  const knots: Array<[number, number]> = [[0, 0], [1, 0.5]]
  const file = { kind: 'label-studio-rtmpose/calibration', keypointSet: 'coco-wholebody-133', modelVersion: 'v1', points: 1 } as const
  const bodyAndFeet = { ...file, groups: [{ points: [0, 16], knots }, { points: [17, 18, 19, 20, 21, 22], knots }] }
  const ofHalpe = { ...bodyAndFeet, keypointSet: 'halpe-26' as const, groups: [{ points: [0, 16], knots }, { points: [20, 22, 24, 21, 23, 25], knots }] }
  t.same(reindexCalibration(bodyAndFeet, 'halpe-26'), ofHalpe)
  t.same(reindexCalibration(ofHalpe, 'coco-wholebody-133'), bodyAndFeet)
  t.same(reindexCalibration(bodyAndFeet, 'coco-wholebody-133'), bodyAndFeet)
  t.equal(reindexCalibration(bodyAndFeet, 'coco-17'), null, 'there are no feet')
  t.equal(reindexCalibration({ ...file, keypointSet: 'halpe-26', groups: [{ points: [17], knots }] }, 'coco-wholebody-133'), null, 'the head is none of its points')
})
