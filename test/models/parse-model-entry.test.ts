import t from 'tap'
import { findDetector, findPose } from '../../models/find-model.ts'
import { parseModelEntry } from '../../models/parse-model-entry.ts'

const pose = findPose('rtmw-l-256x192')!
const detector = findDetector('yolox-nano-coco')!

t.test('a description is taken over as it is', async (t) => {
  const calibration = { groups: [{ points: [0, 132], knots: [[0, 0], [0.5, 0.3], [1, 1]] }] }
  t.same(parseModelEntry({ ...pose, calibration }), { ...pose, calibration })
  t.same(parseModelEntry({ ...detector }), detector)
})

for (const [what, data, sentence] of [
  ['no object', 'text', /"task" must be "detector" or "pose"/],
  ['null', null, /"task" must be/],
  ['another task', { ...pose, task: 'segmentation' }, /"task" must be/],
  ['a missing fact', { ...pose, inputSize: undefined }, /"inputSize"/],
  ['a missing fact at all', Object.fromEntries(Object.entries(detector).filter(([key]) => key !== 'output')), /"output" is missing/],
  ['a wrong type', { ...pose, splitRatio: 'two' }, /"splitRatio" must be number; it is "two"/],
  ['a value out of range', { ...detector, scoreThreshold: 7 }, /"scoreThreshold" must be <= 1; it is 7/],
  ['a size with three numbers', { ...pose, inputSize: [192, 256, 3] }, /"inputSize\.2" is one item too many; it is 3/],
  ['another keypoint set', { ...pose, keypointSet: 'hand-21' }, /"keypointSet" must be "coco-17" or "halpe-26" or "coco-wholebody-133"; it is "hand-21"/],
  ['another channel order', { ...pose, channelOrder: 'BGR' }, /"channelOrder" must be "rgb" or "bgr"; it is "BGR"/],
  ['another kind of score', { ...pose, score: { kind: 'sigmoid' } }, /"score\.kind" must be "logits" or "peak"; it is "sigmoid"/],
  ['a score without its sigma', { ...pose, score: { kind: 'logits', beta: 1 } }, /"score\.sigma" is missing/],
  ['a hash that is none', { ...pose, sha256: 'abc' }, /"sha256" must match pattern/],
  ['a calibrated point that does not exist', { ...pose, calibration: { groups: [{ points: [133], knots: [[0, 0], [1, 1]] }] } }, /"calibration\.groups\.0\.points" names point 133/],
  ['falling knots', { ...pose, calibration: { groups: [{ points: [0], knots: [[0, 0.5], [1, 0.2]] }] } }, /"calibration\.groups\.0\.knots" must rise/],
  ['knots beyond 1', { ...pose, calibration: { groups: [{ points: [0], knots: [[0, 0], [1, 1.2]] }] } }, /must rise/]
] as const) {
  t.test(`refused in a sentence: ${what}`, async (t) => {
    t.throws(() => parseModelEntry(data), { message: sentence })
  })
}
