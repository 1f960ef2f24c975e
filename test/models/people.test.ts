import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import { filterPoints } from '../../models/people/filter-points.ts'
import { leastPersonScore } from '../../models/people/least-person-score.ts'
import { areaOfBox, oks } from '../../models/people/oks.ts'
import { personScore } from '../../models/people/person-score.ts'
import { selectPeople, type Selection } from '../../models/people/select-people.ts'
import { suppressDuplicatePoses } from '../../models/people/suppress-duplicate-poses.ts'
import type { Person } from '../../models/person.ts'

/** A pose of 17 points in a box of 100 x 200 pixels, moved by dx; `present` tells which points there are. */
function pose (dx: number, score = 0.8, present: (point: number) => boolean = () => true, points = 17): Person {
  const keypoints = new Float64Array(points * 3)
  for (let point = 0; point < points; point++) {
    if (present(point)) keypoints.set([dx + 10 + (point * 37) % 80, 10 + (point * 11) % 180, 0.9], point * 3)
  }
  return { bbox: [dx, 0, dx + 100, 200], score, bboxScore: 0.9, keypoints }
}

t.test('OKS', async (t) => {
  const a = pose(0)
  const area = areaOfBox(a.bbox)
  t.equal(area, 0.53 * 100 * 200)
  t.same(oks(a.keypoints, a.keypoints, area, coco17.sigmas), { oks: 1, common: 17 })

  const nose = Float64Array.from([0, 0, 1, ...new Array<number>(48).fill(0)])
  const beside = Float64Array.from([5, 0, 1, ...new Array<number>(48).fill(0)])
  const expected = Math.exp(-25 / (2 * area * (2 * 0.026) ** 2))
  const { oks: similarity, common } = oks(nose, beside, area, coco17.sigmas)
  t.ok(Math.abs(similarity - expected) < 1e-12, 'the formula of COCO')
  t.equal(common, 1)
  t.same(oks(nose, pose(0, 1, (point) => point > 0).keypoints, area, coco17.sigmas), { oks: 0, common: 0 }, 'nothing in common')
  t.equal(oks(a.keypoints, a.keypoints, area, coco17.sigmas, 5, 10).common, 6, 'a range of points')
})

t.test('of two poses of one person the better one stays', async (t) => {
  const kept = suppressDuplicatePoses([pose(0, 0.5), pose(3, 0.9), pose(300, 0.7)], coco17)
  t.same(kept.map(({ score }) => score), [0.9, 0.7], 'best first')
  t.equal(suppressDuplicatePoses([pose(0, 0.5), pose(40, 0.9)], coco17).length, 2, 'people who stand close together stay')
  t.same(suppressDuplicatePoses([], coco17), [])
})

t.test('half of the lesser pose must be shared', async (t) => {
  const legs = pose(0, 0.5, (point) => point >= 11)
  const whole = pose(0, 0.9)
  const arms = pose(0, 0.9, (point) => point >= 5 && point <= 11)
  t.equal(suppressDuplicatePoses([whole, legs], coco17).length, 1, 'a part of a person is a duplicate of the whole')
  t.equal(suppressDuplicatePoses([arms, legs], coco17).length, 2, 'one common point decides nothing')
})

t.test('body points decide where there are enough of them', async (t) => {
  const whole = (dx: number, faceShift: number, present: (point: number) => boolean) => {
    const person = pose(dx, 1 - dx / 100, present, 133)
    for (let point = 23; point <= 90; point++) if (present(point)) person.keypoints[point * 3]! += faceShift
    return person
  }
  const all = () => true
  t.equal(suppressDuplicatePoses([whole(0, 0, all), whole(1, 8, all)], cocoWholebody133).length, 1, 'a face that lies a little beside does not make another person')
  const face = (point: number) => point >= 23 && point <= 90
  t.equal(suppressDuplicatePoses([whole(0, 0, face), whole(0, 8, face)], cocoWholebody133).length, 2, 'without a body all points decide')
  t.equal(suppressDuplicatePoses([whole(0, 0, face), whole(0, 0.2, face)], cocoWholebody133).length, 1)
})

t.test('the score of a person combines box and points', async (t) => {
  t.equal(personScore(0.5, Float64Array.from([1, 1, 0.8, 1, 1, 0.4, 1, 1, 0.1, 0, 0, 0])), 0.5 * (0.8 + 0.4) / 2, 'weak points do not count')
  t.equal(personScore(0.9, Float64Array.from([1, 1, 0.1])), 0)
})

t.test('points below the threshold are not found', async (t) => {
  const person = pose(0)
  person.keypoints[2] = 0.29
  person.keypoints[5] = 0.3
  const filtered = filterPoints(person, { confidenceThreshold: 0.3 })!
  t.same([...filtered.keypoints.subarray(0, 3)], [0, 0, 0])
  t.equal(filtered.keypoints[5], 0.3)
  t.equal(person.keypoints[2], 0.29, 'the original stays as it is')
  t.equal(filterPoints(person, { confidenceThreshold: 0.95 }), null, 'nobody without a point')
  t.equal(filterPoints(pose(0, 1, () => false), { confidenceThreshold: 0 }), null)
})

t.test('two points are no person, unless somebody drew the box', async (t) => {
  const sure = (points: number) => pose(0, 1, (point) => point < points)
  t.equal(filterPoints(sure(2), { confidenceThreshold: 0.3 }), null)
  t.ok(filterPoints(sure(3), { confidenceThreshold: 0.3 }))
  t.ok(filterPoints(sure(1), { confidenceThreshold: 0.3, fewestPoints: 1 }))
})

t.test('the last step of a picture', async (t) => {
  const unsure = pose(600, 0.95)
  for (let point = 0; point < 17; point++) unsure.keypoints[point * 3 + 2] = 0.2
  const people = [pose(0, 0.5), pose(1, 0.6), pose(200, 0.9), pose(400, 0.7), unsure]
  const scores = (selection: Selection) => selectPeople(people, coco17, selection).map(({ score }) => score)
  t.same(scores({ confidenceThreshold: 0.3, maxPeople: 50 }), [0.9, 0.7, 0.6])
  t.same(scores({ confidenceThreshold: 0.3, maxPeople: 2 }), [0.9, 0.7], 'the best stay')
  t.same(scores({ confidenceThreshold: 0.1, maxPeople: 1 }), [0.95])
  t.same(scores({ confidenceThreshold: 0.3, maxPeople: 50, leastScore: 0.7 }), [0.9, 0.7], 'who scores less is nobody')
})

t.test('the calibration of a project changes the points, not who is found', async (t) => {
  // A second pose of the first person, and one of somebody beside it: they differ in points of whom the network is not sure.
  const unsure = (x: number, score: number) => {
    const person = pose(x, score)
    for (let point = 5; point < 17; point++) person.keypoints[point * 3 + 2] = 0.25
    return person
  }
  const beside = unsure(0, 0.6)
  for (let point = 5; point < 17; point++) beside.keypoints[point * 3]! += 300
  const people = [unsure(0, 0.9), unsure(1, 0.7), beside, unsure(800, 0.15)]
  const found = (selection: Omit<Selection, 'maxPeople'>) => selectPeople(people, coco17, { maxPeople: 50, leastScore: 0.2, ...selection })
  const plain = found({ confidenceThreshold: 0.2 })
  t.same(plain.map(({ score }) => score), [0.9, 0.6])
  // As `evaluate` writes it: nothing below what was shown at that time, and less than the network claims above.
  const calibrate = createConfidenceCalibration({ groups: [{ points: Array.from({ length: 17 }, (_, point) => point), knots: [[0.299, 0], [0.3, 0.2], [1, 0.6]] }] })
  const calibrated = found({ confidenceThreshold: 0.1, calibrate })
  t.same(calibrated.map(({ score, bbox }) => [score, bbox]), plain.map(({ score, bbox }) => [score, bbox]))
  for (const { keypoints } of calibrated) t.same(Array.from({ length: 17 }, (_, point) => keypoints[point * 3 + 2]! > 0), Array.from({ length: 17 }, (_, point) => point < 5), 'what nobody has judged is hidden')
  t.same(found({ confidenceThreshold: 0.61, calibrate }), [], 'the threshold is for the calibrated ones')
})

t.test('a person somebody clicked on needs no score', async (t) => {
  const pose = { personThreshold: 0.2 }
  t.equal(leastPersonScore({ kind: 'detector' }, pose), 0.2)
  t.equal(leastPersonScore({ kind: 'clicks' }, pose), 0)
  t.equal(leastPersonScore({ kind: 'detector' }, {}), 0)
  t.equal(leastPersonScore({ kind: 'detector' }, null), 0)
})
