import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { findCorrections, type PersonCorrections } from '../../src/label-studio/find-corrections.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import type { KeypointRegion, Prediction, RectangleRegion, VectorRegion } from '../../src/label-studio/prediction-schema.ts'
import { toPrediction } from '../../src/label-studio/to-prediction.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'

const left = buildPerson(coco17, { bbox: [0, 0, 400, 500] })
const right = buildPerson(coco17, { bbox: [500, 0, 900, 500] })
const points = labelConfig(pointsControl(coco17.names), peopleControl)
const skeletons = labelConfig('<VectorLabels name="bones" toName="image" skeleton="true"><Label value="left_side"/><Label value="right_side"/></VectorLabels>', peopleControl)

function predict (xml: string, people = [left, right]): Prediction['result'] {
  const { pictures } = matchControls(parseLabelConfig(xml), coco17)
  return toPrediction(pictures.map((plan) => ({ plan, itemIndex: null, width: 1000, height: 500, people })), { keypointSet: coco17, modelVersion: 'v1', keypointSize: 0.3 }).result
}

/** The annotation that Label Studio makes of a prediction: a copy with `origin`. */
function submit (result: Prediction['result']): Prediction['result'] {
  return structuredClone(result).map((region) => ({ ...region, origin: 'prediction' }))
}

const keypoint = (result: Prediction['result'], name: string, person = 0): KeypointRegion =>
  result.filter((region): region is KeypointRegion => region.type === 'keypointlabels' && region.value.keypointlabels[0] === name)[person]!
const boxes = (result: Prediction['result']): RectangleRegion[] => result.filter((region): region is RectangleRegion => region.type === 'rectanglelabels')
const vectors = (result: Prediction['result']): VectorRegion[] => result.filter((region): region is VectorRegion => region.type === 'vectorlabels')

/** All but what was kept, as [person number, change, name]. */
function changes (people: PersonCorrections[]): Array<[number, string, string | null]> {
  return people.flatMap(({ points }, person) => points.filter(({ change }) => change !== 'kept').map(({ change, name }): [number, string, string | null] => [person, change, name]))
}

t.test('nothing changed, for points and for skeletons', async (t) => {
  for (const xml of [points, skeletons]) {
    const predicted = predict(xml)
    const people = findCorrections(predicted, submit(predicted))
    t.same(people.map(({ person, box }) => [person, box]), boxes(predicted).map(({ id }) => [id, 'kept']))
    for (const { points } of people) {
      t.same(new Set(points.map(({ name }) => name)), new Set(coco17.names))
      t.ok(points.every(({ change, distance, score }) => change === 'kept' && distance === 0 && score !== null && score >= 0.5))
    }
  }
})

t.test('moved, deleted and relabelled keypoints', async (t) => {
  const predicted = predict(points)
  const annotated = submit(predicted)
  keypoint(annotated, 'nose', 1).value.x += 3
  keypoint(annotated, 'left_wrist').value.y += 0.05
  keypoint(annotated, 'left_ear').value.keypointlabels = ['right_ear']
  annotated.splice(annotated.indexOf(keypoint(annotated, 'right_knee')), 1)
  const people = findCorrections(predicted, annotated)
  t.same(changes(people), [[0, 'relabelled', 'right_ear'], [0, 'deleted', 'right_knee'], [1, 'moved', 'nose']], 'a quarter of a pixel is none')
  const [relabelled, deleted] = people[0]!.points.filter(({ change }) => change !== 'kept')
  t.match(relabelled, { label: 'right_ear', formerLabel: 'left_ear', distance: 0 })
  t.match(deleted, { annotated: null, distance: null, score: keypoint(predicted, 'right_knee').score })
  const moved = people[1]!.points.find(({ name }) => name === 'nose')!
  t.equal(Math.round(moved.distance! * 1000) / 1000, 30, 'three percent of 1000 pixels')
  const { x, y } = keypoint(predicted, 'nose', 1).value
  t.same([moved.predicted, moved.annotated], [{ x, y }, { x: x + 3, y }])
  t.same(changes(findCorrections(predicted, annotated, { tolerance: 0.1 })).filter(([, change]) => change === 'moved').length, 2)
})

t.test('a dragged vertex is found although its origin says prediction, and keeps name and score', async (t) => {
  const predicted = predict(skeletons)
  const annotated = submit(predicted)
  const wrist = vectors(annotated).flatMap(({ value }) => value.vertices).find(({ name }) => name === 'left_wrist')!
  wrist.y += 10
  const [person, other] = findCorrections(predicted, annotated)
  t.same(changes([person!, other!]), [[0, 'moved', 'left_wrist']])
  t.match(person!.points.find(({ change }) => change === 'moved'), { name: 'left_wrist', label: 'left_side', score: wrist.score, distance: 50 })
})

t.test('vertices deleted, drawn, and a skeleton with another label', async (t) => {
  const predicted = predict(skeletons, [left])
  const annotated = submit(predicted)
  const [leftSide, rightSide] = vectors(annotated)
  const removed = leftSide!.value.vertices.pop()!
  leftSide!.value.vertices.push({ id: 'drawn', x: 1, y: 1, isBezier: false } as VectorRegion['value']['vertices'][number])
  if (rightSide!.type === 'vectorlabels') rightSide!.value.vectorlabels = ['left_side']
  const [{ points }] = findCorrections(predicted, annotated) as [PersonCorrections]
  t.same(points.filter(({ label }) => label === 'left_side').map(({ change, name }) => [change, name]), [
    ...leftSide!.value.vertices.slice(0, -1).map(({ name }) => ['kept', name]),
    ['deleted', removed.name],
    ...rightSide!.value.vertices.map(({ name }) => ['relabelled', name]),
    ['added', null]
  ])
})

t.test('a point that was drawn anew belongs to the smallest box around it, and replaces a deleted one', async (t) => {
  const predicted = predict(points, [left, buildPerson(coco17, { bbox: [100, 100, 300, 400], missing: [9] })])
  const annotated = submit(predicted)
  annotated.splice(annotated.indexOf(keypoint(annotated, 'nose', 1)), 1)
  const draw = (id: string, x: number, y: number, label: string) => annotated.push({
    id, type: 'keypointlabels', from_name: 'points', to_name: 'image', original_width: 1000, original_height: 500, image_rotation: 0, value: { x, y, width: 0.3, keypointlabels: [label] }
  } as KeypointRegion)
  draw('a', 15, 50, 'nose')
  draw('b', 20, 50, 'left_wrist')
  draw('c', 99, 99, 'nose')
  const people = findCorrections(predicted, annotated)
  t.same(changes(people), [[1, 'moved', 'nose'], [1, 'added', 'left_wrist'], [2, 'added', 'nose']])
  t.same(people.map(({ person, box }) => [person, box]), [...boxes(predicted).map(({ id }) => [id, 'kept']), [null, null]])
  t.match(people[1]!.points.find(({ name }) => name === 'nose'), { annotated: { x: 15, y: 50 }, score: keypoint(predicted, 'nose', 1).score })
})

t.test('people added and deleted, boxes moved', async (t) => {
  const predicted = predict(points)
  const [gone, kept] = boxes(predicted)
  const accepted = submit(predict(points, [left]))
  const annotated = [...submit(predicted).filter(({ id, parentID }) => id !== gone!.id && parentID !== gone!.id), ...accepted]
  boxes(annotated).find(({ id }) => id === kept!.id)!.value.width -= 2
  const people = findCorrections(predicted, annotated)
  t.same(people.map(({ person, box }) => [person, box]), [[gone!.id, 'deleted'], [kept!.id, 'moved'], [boxes(accepted)[0]!.id, 'added']])
  t.same(people.map(({ points }) => [...new Set(points.map(({ change }) => change))]), [['deleted'], ['kept'], ['added']])
  t.ok(people[2]!.points.every(({ score }) => score !== null), 'the model is as sure of an accepted answer')
})

t.test('an interface without boxes', async (t) => {
  const predicted = predict(labelConfig(pointsControl(coco17.names)), [left])
  const annotated = submit(predicted)
  keypoint(annotated, 'nose').value.x += 3
  const people = findCorrections(predicted, annotated)
  t.same(people.map(({ person, box, points }) => [person, box, points.length]), [[null, null, 17]])
  t.same(changes(people), [[0, 'moved', 'nose']])
})

t.test('what is no drawing is passed over', async (t) => {
  const predicted = predict(points, [left])
  const odd = [null, 5, 'x', [], {}, { id: 'a', type: 'keypointlabels' }, { id: 'b', type: 'keypointlabels', value: { x: '1', y: 2 } }, { id: 5, type: 'rectangle', value: { x: 1, y: 1 } },
    { id: 'c', type: 'vectorlabels', value: { vertices: 'none' } }, { id: 'd', type: 'vectorlabels', value: { vertices: [null, { x: 1 }] } }, { type: 'relation', from_id: 'a', to_id: 'b' },
    { id: keypoint(predicted, 'nose').id, type: 'choices', from_name: 'certainty', to_name: 'image', value: { x: 90, y: 90, choices: ['unsure'] } }]
  t.same(changes(findCorrections([...odd, ...predicted], [...submit(predicted), ...odd])), [])
  t.same(findCorrections(undefined, { result: 1 }), [])
})
