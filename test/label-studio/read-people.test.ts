import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { AnnotatedPerson } from '../../src/label-studio/annotated-person.ts'
import { labelConfigPreset, presetNames } from '../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { readPeople } from '../../src/label-studio/read-people.ts'
import { toPrediction } from '../../src/label-studio/to-prediction.ts'
import { askedPoints } from '../../src/label-studio/asked-points.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { buildPerson } from '../factories/person.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const planOf = (xml: string, set: KeypointSet = coco17) => matchControls(parseLabelConfig(xml), set)
const body = planOf(labelConfig(pointsControl(coco17.names), peopleControl))
const size = { original_width: 200, original_height: 100 }
const box = (id: string, [x, y, width, height]: readonly number[], more: object = {}) =>
  ({ id, type: 'rectanglelabels', from_name: 'box', to_name: 'image', ...size, value: { x, y, width, height, rotation: 0, rectanglelabels: ['person'] }, ...more })
const point = (id: string, label: string, x: number, y: number, more: object = {}) =>
  ({ id, type: 'keypointlabels', from_name: 'points', to_name: 'image', ...size, value: { x, y, width: 0.3, keypointlabels: [label] }, ...more })
const read = (result: unknown, plan = body, set: KeypointSet = coco17) => readPeople(result, plan, set)
const namesOf = (person: AnnotatedPerson, set: KeypointSet = coco17) => set.names.filter((_, index) => person.points[index])
const reasons = (result: unknown, plan = body) => read(result, plan).faults.map(({ regionId, kind, reason }) => `${kind}: ${regionId} ${reason}`)

t.test('what toPrediction writes is read back, for every preset, with and without a box', async (t) => {
  const random = createSeededRandom(7)
  for (const [name, xml] of [...presetNames.map((preset) => [preset, labelConfigPreset(preset)] as const), ['no boxes', labelConfig(pointsControl(coco17.names))] as const]) {
    const plan = planOf(xml, cocoWholebody133)
    const asked = askedPoints(plan, cocoWholebody133)
    const [width, height] = [1279, 961]
    const people = Array.from({ length: 4 }, () => {
      // All over each other: only the tree, or else the ids, can tell whose a point is.
      const x = random() * 300
      return buildPerson(cocoWholebody133, { bbox: [x, 20, x + 800, 900], score: random(), missing: cocoWholebody133.names.map((_, index) => index).filter(() => random() < 0.02) })
    })
    const { result } = toPrediction(plan.pictures.map((picture) => ({ plan: picture, itemIndex: null, width, height, people })), { keypointSet: cocoWholebody133, modelVersion: 'v', keypointSize: 0.3 })
    const { people: found, faults } = read(JSON.parse(JSON.stringify(result)), plan, cocoWholebody133)
    t.same(faults, [], name)
    t.equal(found.length, people.length)
    // Four decimals of percent.
    const near = (a: number, b: number, extent: number) => Math.abs(a - b) <= extent * 0.51e-6 + 1e-9
    const rows = new Set(result.flatMap((region) => region.type === 'vectorlabels' ? region.value.vertices.map(({ name, x, y }) => `${name} ${x} ${y}`) : []))
    for (const [rank, person] of people.entries()) {
      const { bbox, points, score, width: w, height: h, imageName, itemIndex } = found[rank]!
      t.same([w, h, imageName, itemIndex], [width, height, 'image', null])
      t.equal(bbox === null, name === 'no boxes')
      if (bbox) t.ok(bbox.every((value, axis) => near(value, person.bbox[axis]!, axis % 2 === 0 ? width : height)))
      if (bbox) t.ok(Math.abs(score! - person.score) < 1e-4)
      const wrong = cocoWholebody133.names.filter((pointName, index) => {
        const there = points[index]
        const [px, py, confidence] = person.keypoints.subarray(index * 3, index * 3 + 3) as unknown as [number, number, number]
        if (there) return !(asked.includes(index) && near(there.x, px, width) && near(there.y, py, height) && Math.abs(there.score! - confidence) < 1e-4)
        // A vertex without a bone is not drawn.
        const drawn = [...rows].some((row) => row.startsWith(`${pointName} `) && near(Number(row.split(' ')[1]) / 100 * width, px, width) && near(Number(row.split(' ')[2]) / 100 * height, py, height))
        return asked.includes(index) && confidence > 0 && (name !== 'skeleton' || drawn)
      })
      t.same(wrong, [], `${name}, person ${rank}`)
    }
  }
})

t.test('without a box, whose a point or a skeleton is tells its id, also of people found by halves', async (t) => {
  const set = cocoWholebody133
  const skeleton = (...labels: string[]): string => `<VectorLabels name="v" toName="image" skeleton="true">${labels.map((label) => `<Label value="${label}"/>`).join('')}</VectorLabels>`
  const [shoulder, hand] = [[5, 7, 9], set.names.map((_, index) => index).slice(91, 112)] as const
  const face = set.names.slice(23, 91)
  const only = (...found: number[]) => ({ missing: set.names.map((_, index) => index).filter((index) => !found.includes(index)) })
  const left = [10, 50, 200, 450] as const
  const right = [400, 50, 600, 450] as const
  for (const [name, xml, expected, ...people] of [
    ['one has a left side, the other a right side', skeleton('left_side', 'right_side'), [3, 3], buildPerson(set, { bbox: left, ...only(...shoulder) }), buildPerson(set, { bbox: right, ...only(6, 8, 10) })],
    ['one has a body, the other a hand', skeleton('body', 'left_hand'), [3, 21], buildPerson(set, { bbox: left, ...only(...shoulder) }), buildPerson(set, { bbox: right, ...only(...hand) })],
    ['two have bodies and hands', skeleton('body', 'left_hand'), [24, 24], buildPerson(set, { bbox: left, ...only(...shoulder, ...hand) }), buildPerson(set, { bbox: right, ...only(...shoulder, ...hand) })],
    ['points of the face and a skeleton of the body', pointsControl(face) + skeleton('body'), [23 + 68, 23 + 68], buildPerson(set, { bbox: left }), buildPerson(set, { bbox: right })]
  ] as const) {
    const plan = planOf(labelConfig(xml), set)
    const { result } = toPrediction(plan.pictures.map((picture) => ({ plan: picture, itemIndex: null, width: 640, height: 480, people })), { keypointSet: set, modelVersion: 'v', keypointSize: 0.3 })
    const found = read(result, plan, set)
    t.same(found.faults, [], name)
    t.same(found.people.map((person) => namesOf(person, set).length).sort((a, b) => a - b), expected, name)
    for (const { points } of found.people) {
      const sides = new Set(points.flatMap((place) => place === null ? [] : [place.x < 300]))
      t.equal(sides.size, 1, `${name}: nobody has points of the other`)
    }
    const inPieces = read(result.map((region) => region.type === 'vectorlabels' ? { ...region, id: `${region.id}v0` } : region), plan, set)
    t.same(inPieces.people.map(({ id }) => id), found.people.map(({ id }) => id), `${name}, as earlier predictions called skeletons`)
  }
})

t.test('percent become pixels of the picture, with score, origin and region', async (t) => {
  const { people, faults } = read([
    point('p1', 'nose', 25, 50, { parentID: 'b1', score: 0.7, origin: 'prediction-changed' }),
    point('p2', 'left_eye', 26, 49.5, { parentID: 'b1' }),
    box('b1', [10, 20, 30, 60], { score: 0.9 })
  ])
  t.same(faults, [])
  t.equal(people.length, 1)
  const [{ points, ...person }] = people as [AnnotatedPerson]
  t.same(person, { id: 'b1', imageName: 'image', itemIndex: null, width: 200, height: 100, bbox: [20, 20, 80, 80], score: 0.9 })
  t.same(points.slice(0, 3), [
    { x: 50, y: 50, score: 0.7, origin: 'prediction-changed', isOccluded: false, regionId: 'p1' },
    { x: 52, y: 49.5, score: null, origin: null, isOccluded: false, regionId: 'p2' },
    null
  ])
  t.equal(points.length, 17)
})

t.test('labels are found by alias and by model_index', async (t) => {
  const plan = planOf('<View><Image name="i" value="$i"/><KeyPointLabels name="k" toName="i"><Label value="Nase" alias="nose"/><Label value="Auge" model_index="1"/></KeyPointLabels></View>')
  const { people } = read([
    point('1', 'nose', 1, 1, { from_name: 'k', to_name: 'i' }),
    point('2', 'Auge', 2, 2, { from_name: 'k', to_name: 'i' })
  ], plan)
  t.same(people.map((person) => namesOf(person)), [['nose', 'left_eye']])
})

t.test('a point belongs to the nearest box above it in the tree', async (t) => {
  const result = [
    box('car', [0, 0, 100, 100], { value: { x: 0, y: 0, width: 100, height: 100, rectanglelabels: ['car'] } }),
    box('b1', [10, 10, 40, 80], { parentID: 'car' }),
    box('b2', [10, 10, 40, 80], { parentID: 'b1' }),
    point('p1', 'nose', 20, 20, { parentID: 'b1' }),
    point('p2', 'nose', 30, 20, { parentID: 'b2' }),
    point('p3', 'left_eye', 99, 99, { parentID: 'p2' }),
    point('p4', 'nose', 90, 90, { parentID: 'gone' }),
    point('p5', 'left_eye', 91, 90, { parentID: 'gone' }),
    point('c1', 'nose', 50, 50, { parentID: 'c2' }),
    point('c2', 'left_eye', 50, 50, { parentID: 'c1' })
  ]
  const { people, faults } = read(result)
  t.same(faults, [])
  t.same(people.map((person) => [person.id, person.bbox !== null, namesOf(person)]).slice(0, 3), [
    ['b1', true, ['nose']],
    ['b2', true, ['nose', 'left_eye']],
    ['gone', false, ['nose', 'left_eye']]
  ])
  t.equal(people.flatMap((person) => namesOf(person)).length, 7, 'a ring in the tree ends too')
})

t.test('a point without a parent belongs to the one box that contains it and lacks it', async (t) => {
  const a = box('a', [0, 0, 40, 100])
  const b = box('b', [30, 0, 40, 100])
  const both = { nose: [35, 10], eye: [5, 10] } as const
  t.same(read([a, b, point('1', 'nose', 10, 10), point('2', 'nose', 60, 10)]).people.map((person) => namesOf(person)), [['nose'], ['nose']])

  // In the overlap, and a has a nose already (by the tree, or found a moment later).
  for (const more of [{ parentID: 'a' }, {}]) {
    const { people, faults } = read([point('2', 'nose', ...both.nose), point('1', 'nose', 10, 10, more), a, b])
    t.same(faults, [])
    t.same(people.map((person) => person.points[0]!.regionId), ['1', '2'])
  }

  const { people, faults } = read([a, b, point('1', 'nose', ...both.nose), point('2', 'left_eye', ...both.eye)])
  t.same(people.map((person) => namesOf(person)), [['left_eye'], []], 'nobody is guessed')
  t.same(faults, [{ regionId: '1', kind: 'broken', reason: '(nose) lies in the boxes of several people: drag it onto its person in the list of regions' }])

  t.same(read([a, point('1', 'nose', 43, 50)]).people.map((person) => namesOf(person)), [['nose']], 'a hair outside')
  t.same(read([a, point('1', 'nose', 60, 50)]).people.map((person) => [person.id, namesOf(person)]), [['a', []], ['1', ['nose']]], 'far outside it is somebody else')
})

t.test('a box drawn anew takes the points of the one that was deleted', async (t) => {
  const points = (parent: string, x: number) => [point(`${parent}1`, 'nose', x, 20, { parentID: parent }), point(`${parent}2`, 'left_eye', x + 2, 18, { parentID: parent })]
  const summary = (result: unknown) => read(result).people.map((person) => [person.id, namesOf(person).length])
  t.same(summary([...points('gone', 20), box('new', [10, 10, 40, 40])]), [['new', 2]])
  t.same(summary([...points('gone', 20), ...points('lost', 70), box('b', [60, 10, 30, 40]), box('a', [10, 10, 40, 40])]), [['b', 2], ['a', 2]])
  t.same(summary([...points('gone', 20), box('far', [60, 10, 30, 40])]), [['far', 0], ['gone', 2]])
  t.same(summary([...points('gone', 20), box('a', [10, 10, 40, 40]), box('b', [12, 12, 40, 40])]), [['a', 0], ['b', 0], ['gone', 2]], 'nobody is guessed')
  t.same(summary([...points('gone', 20), ...points('lost', 25), box('a', [10, 10, 40, 40])]), [['a', 0], ['gone', 2], ['lost', 2]])
  t.same(summary([...points('gone', 20), point('own', 'nose', 15, 15, { parentID: 'a' }), box('a', [10, 10, 40, 40])]), [['a', 1], ['gone', 2]], 'a box that has points is taken')
})

t.test('without boxes, a point that comes again begins the next person', async (t) => {
  const plan = planOf(labelConfig(pointsControl(coco17.names)))
  const { people } = read(['nose', 'left_eye', 'nose', 'right_eye', 'left_eye', 'nose'].map((label, i) => point(`r${i}`, label, i, i)), plan)
  t.same(people.map((person) => [person.id, person.bbox, namesOf(person)]), [['r0', null, ['nose', 'left_eye']], ['r2', null, ['nose', 'left_eye', 'right_eye']], ['r5', null, ['nose']]])
})

t.test('without boxes, a point that was missing and is added by hand belongs to the predicted person it was missing of', async (t) => {
  const plan = planOf(labelConfig(pointsControl(coco17.names)))
  const picture = { itemIndex: null, width: 200, height: 100 }
  const predict = (...people: Array<ReturnType<typeof buildPerson>>) =>
    toPrediction(plan.pictures.map((target) => ({ plan: target, ...picture, people })), { keypointSet: coco17, modelVersion: 'v', keypointSize: 0.3 }).result
  const summary = (result: unknown) => read(result, plan).people.map((person) => [person.id.replace(/^.{8}-/, ''), namesOf(person).length])
  const nose = 0
  const [left, right, behind] = ([[0, 0, 80, 100], [120, 0, 200, 100], [20, 0, 100, 100]] as const).map((bbox) => buildPerson(coco17, { bbox, missing: [nose] }))
  const whole = buildPerson(coco17, { bbox: [120, 0, 200, 100] })

  t.same(summary([...predict(left!), point('new', 'nose', 90, 90)]), [['0p0', 17]], 'the only one, wherever it is')
  t.same(summary([...predict(left!, right!), point('a', 'nose', 20, 8), point('b', 'nose', 80, 8)]), [['0p0', 17], ['0p1', 17]], 'among them')
  t.same(summary([...predict(left!, whole), point('a', 'nose', 75, 8)]), [['0p0', 16], ['0p1', 17], ['a', 1]], 'far from who lacks it')
  t.same(summary([...predict(left!, right!), point('a', 'nose', 20, 14)]), [['0p0', 17], ['0p1', 16]], 'a bit outside the others')
  t.same(summary([...predict(left!, behind!), point('a', 'nose', 20, 8)]), [['0p0', 16], ['0p1', 16], ['a', 1]], 'nobody is guessed')
  const both = predict(left!, behind!)
  t.same(summary([...both, point('a', 'nose', 20, 8, { parentID: both.at(-1)!.id })]), [['0p0', 16], ['0p1', 17]], 'unless it was dragged onto one of them')

  // Somebody was missed: all that is drawn is that person's, whatever the others lack.
  const drawn = coco17.names.map((name, index) => point(`d${index}`, name, 30 + index % 3, 5 + index % 2))
  t.same(summary([...predict(whole), ...drawn]), [['0p0', 17], ['d0', 17]])
  const half = buildPerson(coco17, { bbox: [0, 0, 80, 100], missing: [15, 16] })
  t.same(summary([...predict(half), ...drawn]), [['0p0', 15], ['d0', 17]])
})

t.test('a person is a box alone, too', async (t) => {
  t.same(read([box('b', [10, 10, 10, 10])]).people.map((person) => [person.id, namesOf(person)]), [['b', []]])
})

t.test('several pictures and pages', async (t) => {
  const plan = planOf(`<View><Image name="a" value="$a"/><Image name="b" valueList="$b"/><Image name="c" value="$c"/>
    ${pointsControl(['nose'], { name: 'ka', toName: 'a' })}${pointsControl(['nose'], { name: 'kb', toName: 'b' })}<RectangleLabels name="box" toName="a,b"><Label value="person"/></RectangleLabels></View>`)
  const { people, faults } = read([
    point('1', 'nose', 10, 10, { from_name: 'ka', to_name: 'a' }),
    point('2', 'nose', 10, 10, { from_name: 'kb', to_name: 'b', item_index: 1, original_width: 1000 }),
    point('3', 'nose', 10, 10, { from_name: 'kb', to_name: 'b' }),
    box('b', [0, 0, 50, 50], { to_name: 'b', item_index: 1, original_width: 1000 }),
    point('4', 'nose', 10, 10, { from_name: 'kc', to_name: 'c' }),
    point('5', 'nose', 10, 10, { from_name: 'kd', to_name: 'd' })
  ], plan)
  t.same(people.map(({ id, imageName, itemIndex, width }) => [id, imageName, itemIndex, width]), [['1', 'a', null, 200], ['b', 'b', 1, 1000], ['3', 'b', 0, 200]])
  t.same(faults.map(({ regionId, reason }) => [regionId, reason]), [['5', 'lies on "d", which the labelling interface does not have']])
})

t.test('a turned box becomes the upright box around it', async (t) => {
  const [{ bbox }] = read([box('b', [50, 50, 10, 20], { value: { x: 50, y: 50, width: 10, height: 20, rotation: 90, rectanglelabels: ['person'] } })]).people as [AnnotatedPerson]
  // 20 x 20 pixels, turned about (100, 50) to the left of it.
  t.ok(bbox!.every((value, axis) => Math.abs(value - [80, 50, 100, 70][axis]!) < 1e-9), String(bbox))
})

t.test('a choice about a region marks its point as hidden', async (t) => {
  const choice = (id: string, value: string) => ({ id, type: 'choices', from_name: 'seen', to_name: 'image', value: { choices: [value] } })
  const { people, faults } = read([point('1', 'nose', 1, 1, { parentID: 'b' }), choice('1', 'Occluded'), point('2', 'left_eye', 2, 2, { parentID: 'b' }), choice('2', 'sharp'), box('b', [0, 0, 9, 9])])
  t.same(faults, [])
  t.same(people[0]!.points.slice(0, 2).map((found) => found!.isOccluded), [true, false])
})

t.test('a skeleton', async (t) => {
  const plan = planOf(labelConfig('<VectorLabels name="v" toName="image" skeleton="true"><Label value="body"/></VectorLabels><PolygonLabels name="o" toName="image"><Label value="x"/></PolygonLabels>', pointsControl(['nose']), peopleControl))
  const vector = (id: string, vertices: unknown, more: object = {}) => ({ id, type: 'vectorlabels', from_name: 'v', to_name: 'image', ...size, value: { vertices, closed: false, vectorlabels: ['body'] }, ...more })
  const { people, faults } = read([
    vector('v', [{ id: '1', name: 'nose', x: 10, y: 10, score: 0.5 }, { id: '2', name: 'left_eye', x: 11, y: 9, prevPointId: '1' }, { id: '3', x: 1, y: 1 }, { id: '4', x: 1, y: 1 }, { id: '5', name: 'neck', x: 1, y: 1 }, { id: '6', name: 'left_ear' }], { parentID: 'b' }),
    box('b', [0, 0, 50, 50]),
    point('p', 'nose', 10.2, 10.2, { parentID: 'b' })
  ], plan)
  t.same(people.map((person) => namesOf(person)), [['nose', 'left_eye']])
  t.equal(people[0]!.points[0]!.regionId, 'p', 'the point of its own layer counts')
  t.same(faults.map(({ kind, reason }) => [kind, reason]), [
    ['broken', 'is a skeleton with 2 vertices without a name: drawn by hand, nothing tells which points they are'],
    ['other', 'is a skeleton with a vertex named "neck", which is no point of coco-17'],
    ['broken', 'is a skeleton with a vertex (left_ear) that has no coordinates']
  ])
  t.match(read([vector('v', [{ name: 'nose', x: 10, y: 10 }], { parentID: 'b' }), point('p', 'nose', 20, 10, { parentID: 'b' }), box('b', [0, 0, 50, 50])], plan).faults, [{ regionId: 'v', reason: /"nose" a second time/ }], 'layers that say different things')
  t.match(reasons([vector('v', 'none')], plan), ['broken: v is a skeleton without vertices'])
  t.match(reasons([vector('v', [], { value: { vertices: [] } })], plan), ['broken: v is a skeleton without a label'])
})

t.test('what cannot be read is named', async (t) => {
  t.same(reasons('nothing'), ['broken: number 1 is not there: the result is no list'])
  t.same(reasons([null, { id: 'x' }, []]), ['broken: number 1 is no region', 'broken: number 2 is no region', 'broken: number 3 is no region'])
  t.same(reasons([point('1', 'tail', 1, 1)]), ['other: 1 has the label "tail" of "points", which is no point of coco-17'])
  t.same(reasons([point('1', 'nose', 1, 1, { value: undefined })]), ['broken: 1 is a point without a label'])
  t.same(reasons([point('1', 'nose', 1, 1, { value: { keypointlabels: ['nose', 'left_eye'], x: 1, y: 1 } })]), ['broken: 1 is several points at once (nose, left_eye)'])
  t.same(reasons([point('1', 'nose', Number.NaN, 1), point('2', 'nose', 102, 1)]), ['broken: 1 (nose) has no coordinates', 'broken: 2 (nose) lies outside the picture'])
  t.same(reasons([point('1', 'nose', 1, 1, { original_width: undefined })]), ['broken: 1 does not say how large its picture is (original_width, original_height)'])
  t.same(reasons([point('1', 'nose', 1, 1, { original_width: undefined }), box('b', [0, 0, 9, 9])]), [], 'one region tells the size for all')
  t.same(reasons([box('b', [0, 0, 0, 9]), box('c', [0, 0, 9, 9], { value: { x: 0, y: 0, width: 1, height: 1 } })]), ['broken: b is a box without area in the picture', 'broken: c is a box without a label'])
  t.same(reasons([box('b', [0, 0, 9, 9]), box('b', [0, 0, 9, 9])]), ['broken: b is a box whose id another box has'])
  t.match(reasons([box('b', [0, 0, 9, 9]), point('1', 'nose', 1, 1, { parentID: 'b' }), point('2', 'nose', 2, 2, { parentID: 'b' })]), [/^broken: 2 places "nose" a second time on the same person: that of region 1 counts/])
  t.same(reasons([{ type: 'choices', value: { choices: ['x'] } }, { type: 'relation', from_id: 'a', to_id: 'b' }, { id: 'x', type: 'textarea', value: { text: [] } }]), [], 'what is about other things is no fault')
})

t.test('a picture turned in the editor changes no coordinates', async (t) => {
  const [{ points, width, height }] = read([point('1', 'nose', 90, 25, { image_rotation: 270 })]).people as [AnnotatedPerson]
  t.match([points[0], width, height], [{ x: 180, y: 25 }, 200, 100])
})

t.test('points a hair outside the picture are put on its border', async (t) => {
  const [{ points }] = read([point('1', 'nose', -0.4, 100.4)]).people as [AnnotatedPerson]
  t.match(points[0], { x: 0, y: 100 })
})

t.test('nothing that stands in a result makes it fail', async (t) => {
  const random = createSeededRandom(11)
  const values: unknown[] = [null, undefined, -1, 1e308, Number.NaN, '', 'box', 'points', 'nose', [], {}, ['nose'], true, 'image', 'keypointlabels', 'rectanglelabels', { x: 1, y: 2 }]
  const pick = () => values[Math.floor(random() * values.length)]
  for (let round = 0; round < 3000; round++) {
    const result = Array.from({ length: 4 }, () => {
      const base: Record<string, unknown> = random() < 0.5 ? point(String(pick()), 'nose', random() * 100, random() * 100) : box('b', [1, 1, random() * 50, 50])
      for (const key of Object.keys({ ...base, parentID: 0 })) if (random() < 0.3) base[key] = pick()
      return base
    })
    for (const person of read(result).people) {
      for (const found of person.points) if (found !== null && !(found.x >= 0 && found.x <= person.width && found.y >= 0 && found.y <= person.height)) t.fail(JSON.stringify(result))
      if (!(person.width > 0 && person.height > 0)) t.fail(JSON.stringify(result))
    }
  }
})

const shared = sharedDir()
t.test('what a person corrected in the real editor', { skip: shared ? false : 'needs the shared folder' }, async (t) => {
  const file = (name: string) => readFileSync(join(shared!, 'labelstudio/fixtures', name), 'utf8')
  const { result } = JSON.parse(file('annotation-vector-skeleton-corrected.json'))
  const { people, faults } = read(result, planOf(file('config-with-vector-skeleton.xml')))
  t.same(faults, [])
  t.same(people.map((person) => [person.bbox?.map(Math.round), namesOf(person).length, person.width, person.points[9]!.regionId]), [[[453, 135, 827, 865], 17, 1280, result[0].id]])
})
