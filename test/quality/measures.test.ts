import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { assignPairs } from '../../src/quality/assign-pairs.ts'
import { choosePrediction } from '../../src/quality/choose-prediction.ts'
import { cocoOks } from '../../src/quality/coco-oks.ts'
import { fitCalibration } from '../../src/quality/fit-calibration.ts'
import { fitIsotonic, type OutcomeBin } from '../../src/quality/fit-isotonic.ts'
import { pairPeople } from '../../src/quality/pair-people.ts'
import { createPoseAccuracy } from '../../src/quality/pose-accuracy.ts'
import { qualityParts } from '../../src/quality/quality-parts.ts'
import { calibrationError, createScoreOutcomes, toReliability } from '../../src/quality/score-outcomes.ts'
import { createWorstPictures } from '../../src/quality/worst-pictures.ts'
import { comparedPerson, randomComparison } from '../factories/compared-people.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

const { sigmas } = cocoWholebody133
const [body, feet] = qualityParts(cocoWholebody133)

t.test('the assignment has the largest sum of all', async (t) => {
  const random = createSeededRandom(7)
  for (let round = 0; round < 300; round++) {
    const [rows, columns] = [Math.floor(random() * 6), 1 + Math.floor(random() * 5)]
    const gains = Array.from({ length: rows }, () => Array.from({ length: columns }, () => random() < 0.3 ? 0 : random()))
    const pairs = assignPairs(gains)
    const sum = pairs.reduce((total, [row, column]) => total + gains[row]![column]!, 0)
    if (Math.abs(sum - bestSum(gains)) > 1e-9) t.fail(`round ${round}: ${sum} of ${bestSum(gains)}`)
    if (new Set(pairs.map(([row]) => row)).size !== pairs.length || new Set(pairs.map(([, column]) => column)).size !== pairs.length) t.fail(`round ${round}: twice`)
    if (pairs.some(([row, column]) => gains[row]![column] === 0)) t.fail(`round ${round}: a pair without gain`)
  }
  t.same(assignPairs([]), [])
  t.same(assignPairs([[], []]), [])
  const crowd = Array.from({ length: 50 }, (_, row) => Array.from({ length: 50 }, (_, column) => row === 49 - column ? 0.9 : random() * 0.8))
  t.same(assignPairs(crowd), crowd.map((_, row) => [row, 49 - row]))
})

/** Every way there is. */
function bestSum (gains: readonly number[][], row = 0, taken = 0): number {
  if (row >= gains.length) return 0
  let best = bestSum(gains, row + 1, taken)
  for (const [column, gain] of gains[row]!.entries()) {
    if ((taken >> column & 1) === 0) best = Math.max(best, gain + bestSum(gains, row + 1, taken | 1 << column))
  }
  return best
}

t.test('people are paired whatever their order, and strangers are not', async (t) => {
  const truths = [comparedPerson([0, 0, 100, 200]), comparedPerson([60, 0, 160, 200]), comparedPerson([500, 0, 600, 200])]
  const near = comparedPerson([62, 1, 162, 201])
  const first = comparedPerson([1, 1, 101, 201])
  const nobody = comparedPerson([900, 500, 950, 600])
  const found = pairPeople([near, nobody, first], truths, sigmas)
  t.same(found.pairs.map(({ predicted, truth }) => [predicted === near ? 'near' : 'first', truths.indexOf(truth)]), [['near', 1], ['first', 0]])
  t.ok(found.removed.length === 1 && found.removed[0] === nobody)
  t.ok(found.added.length === 1 && found.added[0] === truths[2])

  const all = cocoWholebody133.names.map((_, point) => point)
  const boxes = pairPeople([comparedPerson([0, 0, 100, 200], { missing: all })], [comparedPerson([10, 0, 110, 200], { missing: all })], sigmas)
  t.equal(boxes.pairs.length, 1, 'without points the boxes tell')
})

t.test('OKS and PCK by hand', async (t) => {
  // 0.53 * 100 * 200 square pixels; the longer side has 200.
  const truth = comparedPerson([0, 0, 100, 200], { missing: [16] })
  const predicted = comparedPerson([0, 0, 100, 200], { moved: () => [12, 0], missing: [0] })
  const similarity = (point: number) => Math.exp(-144 / (2 * 10600 * (2 * sigmas[point]!) ** 2))
  const expected = Array.from({ length: 15 }, (_, index) => similarity(index + 1)).reduce((sum, term) => sum + term, 0)
  // The point that is missing lies at 0, 0, which is not where the nose is.
  const nose = Math.exp(-(truth.points[0]! ** 2 + truth.points[1]! ** 2) / (2 * 10600 * (2 * sigmas[0]!) ** 2))
  t.ok(Math.abs(cocoOks(predicted.points, truth, sigmas, body!) - (expected + nose) / 16) < 1e-9)

  const accuracy = createPoseAccuracy(sigmas, body!)
  accuracy.add({ predicted, truth })
  accuracy.add({ predicted: truth, truth })
  const { oks, ...others } = accuracy.result()
  t.same(others, { people: 2, points: 32, pck05: 16 / 32, pck10: 31 / 32 }, '12 pixels are 0.06 of the longer side')
  t.ok(Math.abs(oks! - ((expected + nose) / 16 + 1) / 2) < 1e-9)
  t.equal(createPoseAccuracy(sigmas, feet!).add({ predicted, truth: comparedPerson([0, 0, 100, 200], { missing: [17, 18, 19, 20, 21, 22] }) }), null)
})

t.test('isotonic curves', async (t) => {
  const bin = (score: number, points: number, right: number): OutcomeBin => ({ scores: score * points, points, right })
  t.same(fitIsotonic([bin(0.2, 100, 10), bin(0.4, 100, 60), bin(0.6, 100, 40), bin(0.8, 100, 90)]), [[0.2, 0.1], [0.5, 0.5], [0.8, 0.9]], 'violators are pooled')
  t.same(fitIsotonic([bin(0.2, 50, 40), bin(0.8, 50, 10)]), [[0.5, 0.5]], 'what falls is flat')
  t.same(fitIsotonic([bin(0.1, 5, 5), bin(0.2, 15, 0), bin(0.9, 30, 30), bin(0.95, 3, 0)]), [[0.175, 0.25], [0.9045, 0.9091]], 'few points are no step of their own')
  t.same(fitIsotonic([bin(0.4, 3, 1)]), [[0.4, 0.3333]])

  // No rising sequence of the same means lies nearer.
  const random = createSeededRandom(11)
  const bins = Array.from({ length: 40 }, (_, index) => bin((index + 1) / 41, 25, Math.round(25 * Math.min(1, Math.max(0, index / 40 + (random() - 0.5) * 0.5)))))
  const knots = fitIsotonic(bins)
  t.ok(knots.every(([score, share], index) => index === 0 || (score > knots[index - 1]![0] && share > knots[index - 1]![1])))
  const minMax = bins.map((_, at) => Math.max(...range(0, at).map((from) => Math.min(...range(at, 39).map((to) => {
    const inside = bins.slice(from, to + 1)
    return inside.reduce((sum, { right }) => sum + right, 0) / inside.reduce((sum, { points }) => sum + points, 0)
  })))))
  t.same([...new Set(minMax.map((share) => Math.round(share * 1e4) / 1e4))], knots.map(([, share]) => share), 'the max-min formula of isotonic regression')
})

function range (from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

t.test('how often scores were right', async (t) => {
  const outcomes = createScoreOutcomes(sigmas)
  const truth = comparedPerson([0, 0, 100, 200], { missing: [5] })
  const [right, far] = [comparedPerson([0, 0, 100, 200]), comparedPerson([0, 0, 100, 200], { moved: () => [50, 0] })]
  outcomes.add({ pairs: [{ predicted: right, truth }], removed: [], added: [truth] })
  outcomes.add({ pairs: [], removed: [right], added: [] })
  outcomes.add({ pairs: [{ predicted: far, truth }], removed: [], added: [] })
  const bins = outcomes.bins({ first: 4, last: 5 })
  t.same(bins.map(({ points, right }) => [points, right]), [[3, 1], [3, 0]], 'deleted points, and those of people who are not there, are wrong')
  t.ok(Math.abs(bins[0]!.scores - 3 * 0.504) < 1e-9)

  const bands = toReliability([{ scores: 5, points: 10, right: 8 }, { scores: 5.4, points: 10, right: 2 }, { scores: 1, points: 1, right: 1 }])
  t.same(bands.map(({ from, points, right }) => [from, points, right]), [[0.5, 20, 0.5], [0.9, 1, 1]])
  t.ok(Math.abs(calibrationError(bands)! - 20 * 0.02 / 21) < 1e-12)
  t.equal(calibrationError([]), null)
})

t.test('the calibration brings nothing back that was hidden', async (t) => {
  const outcomes = createScoreOutcomes(sigmas)
  for (const { predicted, truths } of randomComparison(60, 9)) outcomes.add(pairPeople(predicted, truths, sigmas))
  const { groups, points } = fitCalibration(outcomes, cocoWholebody133)!
  t.ok(points > 1000)
  t.same(groups.map((group) => [group.points[0], group.points.at(-1)]), [[0, 16], [17, 22], [23, 90], [91, 111], [112, 132]])
  for (const { knots } of groups) {
    t.same(knots.slice(0, 2), [[0, 0], [0.4985, 0]], 'the lowest score is 0.5')
    t.ok(knots.every(([raw, share], index) => share >= 0 && share <= 1 && (index === 0 || (raw > knots[index - 1]![0] && share >= knots[index - 1]![1]))))
  }
  t.equal(fitCalibration(createScoreOutcomes(sigmas), cocoWholebody133), null)
})

t.test('which prediction an annotation is measured against', async (t) => {
  const prediction = (id: number, version: string) => ({ id, result: [], model_version: version, created_at: `2026-11-25T10:00:0${id}Z` })
  const task = { id: 1, data: {}, predictions: [prediction(1, 'a'), prediction(2, 'b'), prediction(3, 'b')] }
  const choose = (parent: number | null, version: string | null) => {
    const chosen = choosePrediction(task, { result: [], parent_prediction: parent }, version)
    return chosen && [chosen.prediction.id, chosen.isParent]
  }
  t.same(choose(1, null), [1, true])
  t.same(choose(null, null), [3, false])
  t.same(choose(9, null), [3, false], 'its own is gone')
  t.same(choose(1, 'b'), [3, false])
  t.same(choose(2, 'b'), [2, true])
  t.equal(choose(1, 'c'), null)
})

t.test('only the worst pictures are kept', async (t) => {
  const worst = createWorstPictures(3)
  for (const [task, oks] of [0.9, 0.2, 1, 0.5, 0.7, 0.1].entries()) {
    worst.see({ picture: { task, oks, link: null, imageName: 'image', page: null, paired: 1, added: 0, removed: 0 }, drawing: { size: null, people: { pairs: [], added: [], removed: [] } } })
  }
  t.same(worst.list().map(({ picture }) => picture.task), [5, 1, 3])
})
