import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Compile } from 'typebox/compile'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { Person } from '../../models/person.ts'
import { labelConfigPreset, presetNames } from '../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { PredictAnswerSchema, PredictionSchema, ShortPredictionSchema, type Prediction } from '../../src/label-studio/prediction-schema.ts'
import { shortFormPictures, toShortPrediction } from '../../src/label-studio/short-form.ts'
import { toPrediction } from '../../src/label-studio/to-prediction.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const size = { width: 640, height: 480 }
const wire = Compile(PredictionSchema)
const answers = Compile(PredictAnswerSchema)
const skeletonControl = '<VectorLabels name="bones" toName="image" skeleton="true"><Label value="body"/><Label value="left_hand"/></VectorLabels>'

function predict (xml: string, people: Person[], { set = cocoWholebody133 as KeypointSet, width = size.width, height = size.height, itemIndex = null as number | null } = {}): Prediction {
  const { pictures } = matchControls(parseLabelConfig(xml), set)
  const prediction = toPrediction(pictures.map((plan) => ({ plan, itemIndex, width, height, people })), { keypointSet: set, modelVersion: 'v1', keypointSize: 0.3 })
  if (!wire.Check(prediction)) throw new Error(`does not fit the wire: ${JSON.stringify(wire.Errors(prediction))}`)
  return prediction
}

/** Vector regions as lists of [name, name of the vertex before it]. */
function bones ({ result }: Prediction): Array<Array<[string, string | null]>> {
  return result.flatMap((region) => {
    if (region.type !== 'vectorlabels' && region.type !== 'vector') return []
    const { vertices } = region.value
    const nameOf = new Map(vertices.map(({ id, name }) => [id, name]))
    return [vertices.map(({ name, prevPointId }): [string, string | null] => [name, prevPointId === undefined ? null : nameOf.get(prevPointId)!])]
  })
}

t.test('each preset is filled completely', async (t) => {
  const expected = { skeleton: [0, 4], body17: [17, 0], body23: [23, 0], hands: [42, 0], face: [68, 0], wholebody133: [133, 0] }
  for (const name of presetNames) {
    const { result } = predict(labelConfigPreset(name), [buildPerson(cocoWholebody133)])
    const count = (type: string) => result.filter((region) => region.type === type).length
    t.same([count('keypointlabels'), count('vectorlabels'), count('rectanglelabels')], [...expected[name], 1], name)
    t.equal(result.at(-1)!.type, 'rectanglelabels')
  }
})

t.test('keypoints of all people, then vectors, then all boxes', async (t) => {
  const people = [buildPerson(coco17, { score: 0.9 }), buildPerson(coco17, { score: 0.5, bbox: [320, 0, 640, 480] })]
  const { result, score, model_version: version } = predict(labelConfig(peopleControl, skeletonControl, pointsControl(coco17.names)), people, { set: coco17 })
  t.same(result.map(({ type }) => type), [...Array(34).fill('keypointlabels'), 'vectorlabels', 'vectorlabels', 'rectanglelabels', 'rectanglelabels'])
  t.equal(score, 0.5)
  t.equal(version, 'v1')
  const boxes = result.slice(-2).map(({ id }) => id)
  t.ok(result.slice(0, 17).every(({ parentID }) => parentID === boxes[0]))
  t.ok(result.slice(17, 34).every(({ parentID }) => parentID === boxes[1]))
  t.same(result.slice(34, 36).map(({ parentID }) => parentID), boxes)
  t.same(result.slice(-2).map((region) => region.type === 'rectanglelabels' && region.value), [
    { x: 15.625, y: 10.4167, width: 31.25, height: 83.3333, rotation: 0, rectanglelabels: ['person'] },
    { x: 50, y: 0, width: 50, height: 100, rotation: 0, rectanglelabels: ['person'] }
  ])
})

t.test('one region, field by field', async (t) => {
  const person = buildPerson(coco17, { points: { 0: [320.5, 96.25, 0.87654321] } })
  const [region] = predict(labelConfig(pointsControl(['Nose'])), [person]).result
  t.match(region!.id, /^[\w-]+$/, 'the editor cuts ids at # and @')
  t.same({ ...region, id: '' }, {
    id: '',
    from_name: 'points',
    to_name: 'image',
    original_width: 640,
    original_height: 480,
    image_rotation: 0,
    score: 0.8765,
    type: 'keypointlabels',
    value: { x: 50.0781, y: 20.0521, width: 0.3, keypointlabels: ['Nose'] }
  }, 'no parent without a box, no item_index on a single picture')
})

t.test('ids are unique inside an answer and from one answer to the next', async (t) => {
  const people = Array.from({ length: 20 }, () => buildPerson(cocoWholebody133))
  const xml = labelConfig(peopleControl, skeletonControl, pointsControl(cocoWholebody133.names))
  const ids = [predict(xml, people), predict(xml, people)].flatMap(({ result }) => result.flatMap((region) =>
    [region.id, ...(region.type === 'vectorlabels' ? region.value.vertices.map(({ id }) => id) : [])]))
  t.equal(new Set(ids).size, ids.length)
  t.equal(ids.length, 2 * 20 * (133 + 1 + 2 + 23 + 21))
})

t.test('coordinates stay in the picture, numbers stay numbers', async (t) => {
  const person = buildPerson(coco17, {
    bbox: [-50, -1e9, 900, 200],
    score: Number.NaN,
    points: { 0: [-5, 500, 1.2], 1: [Number.NaN, 5, 0.5], 2: [1e300, -1e300, 0.5], 3: [Infinity, 5, 0.5], 4: [10, 10, Number.NaN], 5: [10, 10, 0], 6: [10, 10, -1] }
  })
  const { result, score } = predict(labelConfig(pointsControl(coco17.names.slice(0, 7)), peopleControl), [person])
  t.same(result.map((region) => [region.value, region.score]), [
    [{ x: 0, y: 100, width: 0.3, keypointlabels: ['nose'] }, 1],
    [{ x: 100, y: 0, width: 0.3, keypointlabels: ['right_eye'] }, 0.5],
    [{ x: 0, y: 0, width: 100, height: 41.6667, rotation: 0, rectanglelabels: ['person'] }, 0]
  ])
  t.equal(score, 0)
})

t.test('a box without area in the picture is left out, and nobody points at it', async (t) => {
  for (const bbox of [[-20, 0, -10, 100], [10, 10, 10, 50], [0, Number.NaN, 10, 10], [50, 50, 40, 60]] as const) {
    const { result } = predict(labelConfig(pointsControl(['nose']), peopleControl), [buildPerson(coco17, { bbox, points: { 0: [1, 1, 1] } })])
    t.same(result.map(({ type, parentID }) => [type, parentID]), [['keypointlabels', undefined]])
  }
})

t.test('the score is that of the least sure person, so that an ascending order brings what is worth a look first', async (t) => {
  const xml = labelConfig(pointsControl(coco17.names))
  const scores = [[0.9], [0.9, 0.2], [0.3], []].map((people) => predict(xml, people.map((score) => buildPerson(coco17, { score })), { set: coco17 }).score)
  t.same(scores, [0.9, 0.2, 0.3, 0], 'an unsure person among sure ones counts; nobody comes first')
})

t.test('unsure regions are marked where the interface asks for it', async (t) => {
  const mark = (attributes = '') => `<Choices name="certainty" toName="image" perRegion="true" ${attributes}><Choice alias="unsure" value="unsicher"/></Choices>`
  const people = [buildPerson(coco17, { score: 0.4, points: { 0: [150, 150, 0.35], 9: [150, 200, 0.6] } })]
  const marked = (attributes?: string) => {
    const { result } = predict(labelConfig(pointsControl(['nose', 'left_wrist']), peopleControl, mark(attributes)), people, { set: coco17 })
    return result.flatMap((region, at) => {
      if (region.type !== 'choices') return []
      const { type, value, from_name: from, ...common } = result[at - 1]!
      t.match(region, { ...common, from_name: 'certainty', value: { choices: ['unsure'] } }, 'the id of the region before it makes both one')
      return [from]
    })
  }
  t.same(marked(), ['points', 'box'])
  t.same(marked('unsure_below="0.7"'), ['points', 'points', 'box'])
  t.same(marked('unsure_below="0.36"'), ['points'])
  t.same(marked('unsure_below="none"'), ['points', 'box'], 'what is no limit is the usual one')
  t.same(predict(labelConfig(pointsControl(['nose']), peopleControl), people, { set: coco17 }).result.map(({ type }) => type), ['keypointlabels', 'rectanglelabels'])
  for (const other of [mark().replace('perRegion="true"', ''), mark().replace('alias="unsure"', '')]) {
    t.notOk(predict(labelConfig(pointsControl(['nose']), other), people, { set: coco17 }).result.some(({ type }) => type === 'choices'))
  }
})

t.test('nobody there', async (t) => {
  t.same(predict(labelConfig(pointsControl(['nose'])), []), { result: [], score: 0, model_version: 'v1' })
})

t.test('a skeleton is one tree with its root first', async (t) => {
  const [body, leftHand] = predict(labelConfig(skeletonControl, peopleControl), [buildPerson(cocoWholebody133)]).result
  for (const [region, count] of [[body, 23], [leftHand, 21]] as const) {
    if (region?.type !== 'vectorlabels') throw new Error('no vector')
    const { vertices, closed } = region.value
    t.equal(closed, false)
    t.equal(vertices.length, count)
    for (const [position, { prevPointId, isBezier, name, score }] of vertices.entries()) {
      t.equal(isBezier, false)
      t.equal(score, Math.round(1e4 * (0.5 + cocoWholebody133.names.indexOf(name) / 1000)) / 1e4)
      if (position === 0) t.equal(prevPointId, undefined)
      else t.ok(vertices.slice(0, position).some(({ id }) => id === prevPointId), `${name} comes after the point it is joined to`)
    }
  }
})

t.test('a skeleton stays one, whatever is missing of it', async (t) => {
  const xml = labelConfig('<VectorLabels name="v" toName="image" skeleton="true"><Label value="body"/></VectorLabels>')
  const without = (...names: string[]) => bones(predict(xml, [buildPerson(coco17, { missing: names.map((name) => coco17.names.indexOf(name)) })], { set: coco17 }))
  const [whole, ...none] = without()
  t.same(none, [])
  t.same(whole!.map(([name]) => name).sort(), [...coco17.names].sort())

  const boneOf = (name: string, ...missing: string[]) => without(...missing).map((bones) => bones.find(([child]) => child === name)?.[1])
  t.same(boneOf('left_ankle', 'left_knee'), ['left_hip'], 'an ankle hangs on the hip')
  t.same(boneOf('left_ankle', 'left_knee', 'left_hip'), ['left_shoulder'])
  t.same(boneOf('left_ear', 'nose'), ['left_eye'])
  t.same(boneOf('right_eye', 'nose'), ['left_eye'], 'without the root the first point is one')
  for (const name of coco17.names) {
    const [bones, ...others] = without(name)
    t.same(others, [])
    t.equal(bones!.length, 16, `without ${name} nothing else is lost`)
    t.same(bones!.filter(([, before]) => before === null).length, 1)
  }

  t.same(without(...coco17.names.slice(1)), [], 'a single point is no skeleton')
  t.same(without(...coco17.names), [])
})

t.test('plain controls get plain regions', async (t) => {
  const { result } = predict(labelConfig('<Vector name="v" toName="image" skeleton="true"/><Rectangle name="r" toName="image" smart="false"/>'), [buildPerson(coco17)], { set: coco17 })
  t.same(result.map(({ type, from_name: from }) => [type, from]), [['vector', 'v'], ['rectangle', 'r']])
  t.notOk(result.some(({ value }) => 'vectorlabels' in value || 'rectanglelabels' in value))
})

t.test('several pictures and pages of a task make one answer in the same order', async (t) => {
  const config = parseLabelConfig(`<View><Image name="a" value="$a"/><Image name="b" valueList="$b"/>
    ${pointsControl(['nose'], { name: 'ka', toName: 'a' })}${pointsControl(['nose'], { name: 'kb', toName: 'b' })}
    <RectangleLabels name="box" toName="a,b"><Label value="person"/></RectangleLabels></View>`)
  const [a, b] = matchControls(config, coco17).pictures
  const people = [buildPerson(coco17, { bbox: [10, 10, 50, 40] })]
  const { result } = toPrediction([
    { plan: a!, itemIndex: null, width: 100, height: 50, people },
    { plan: b!, itemIndex: 0, width: 200, height: 60, people },
    { plan: b!, itemIndex: 1, width: 300, height: 70, people }
  ], { keypointSet: coco17, modelVersion: 'v1', keypointSize: 0.3 })
  t.same(result.map((region) => [region.type, region.from_name, region.to_name, region.item_index, region.original_width]), [
    ['keypointlabels', 'ka', 'a', undefined, 100], ['keypointlabels', 'kb', 'b', 0, 200], ['keypointlabels', 'kb', 'b', 1, 300],
    ['rectanglelabels', 'box', 'a', undefined, 100], ['rectanglelabels', 'box', 'b', 0, 200], ['rectanglelabels', 'box', 'b', 1, 300]
  ])
  t.equal(new Set(result.map(({ id }) => id)).size, 6)
})

t.test('the short form', async (t) => {
  const { pictures: [plan], images } = shortFormPictures()
  t.same(images, [{ name: 'image', value: '$image', multi: false }])
  const options = { keypointSet: coco17, modelVersion: 'rtmlib-balanced', confidenceThreshold: 0.3 }
  const times = { queueMs: 0, fetchMs: 1.26, decodeMs: 2, detectMs: 3, poseMs: 4, isKnown: false }
  const prediction = toShortPrediction({ plan: plan!, itemIndex: null, ...size, people: [buildPerson(coco17, { missing: [3] })], times }, options)
  t.ok(Compile(ShortPredictionSchema).Check(prediction))
  t.equal(prediction.model_version, 'rtmlib-balanced')
  t.same(prediction.result.map(({ value }) => 'keypointlabels' in value && value.keypointlabels[0]), coco17.names.filter((_, index) => index !== 3))
  for (const region of prediction.result) {
    t.match(region, { type: 'keypointlabels', from_name: 'keypoints', to_name: 'image', value: { width: 2, height: 2 } })
    t.equal(region.parentID, prediction.people[0]!.id)
  }
  t.match(prediction, { keypoint_set: 'coco-17', original_width: size.width, original_height: size.height, confidence_threshold: 0.3, people: [{ score: prediction.score }], timing: { queue_ms: 0, fetch_ms: 1.3, decode_ms: 2, detect_ms: 3, pose_ms: 4, is_known: false } })
  t.same(toShortPrediction(undefined, options), { result: [], score: 0, model_version: 'rtmlib-balanced', keypoint_set: 'coco-17', confidence_threshold: 0.3, people: [] })
})

t.test('the examples of the documentation fit the schema', async (t) => {
  const { examples } = PredictAnswerSchema as unknown as { examples: Array<{ results: unknown[] }> }
  t.ok(examples.every((example) => answers.Check(example)))
})

const shared = sharedDir()
t.test('an answer that Label Studio stored fits the schema, and ours has the same fields', { skip: shared ? false : 'needs the shared folder' }, async (t) => {
  const read = (file: string) => JSON.parse(readFileSync(join(shared!, 'labelstudio/fixtures', file), 'utf8'))
  const answer = read('answer-predict-one-person-133.json')
  t.same(answers.Errors(answer), [])
  const ours = predict(readFileSync(join(shared!, 'labelstudio/fixtures/config-one-control.xml'), 'utf8'), [buildPerson(cocoWholebody133)])
  const fields = ({ result }: Prediction) => result.map((region) => [Object.keys(region).sort(), Object.keys(region.value).sort(), region.from_name, region.type])
  t.same(fields(ours), fields(answer.results[0]))

  const [theirs] = read('annotation-vector-skeleton-corrected.json').result
  const [vector] = predict(readFileSync(join(shared!, 'labelstudio/fixtures/config-with-vector-skeleton.xml'), 'utf8'), [buildPerson(coco17)], { set: coco17 }).result.filter(({ type }) => type === 'vectorlabels')
  t.same(Object.keys(vector!.value), Object.keys(theirs.value))
  t.same(new Set(Object.keys((vector!.value as { vertices: object[] }).vertices[1]!)), new Set(Object.keys(theirs.value.vertices[1])))
})
