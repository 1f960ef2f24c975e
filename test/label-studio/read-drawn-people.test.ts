import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { readDrawnPeople } from '../../src/label-studio/read-drawn-people.ts'

const points = '<KeyPointLabels name="points" toName="image"><Label value="nose"/></KeyPointLabels>'
const things = '<RectangleLabels name="things" toName="image"><Label value="car"/><Label value="bag"/></RectangleLabels>'
const plan = (controls: string) => matchControls(parseLabelConfig(`<View><Image name="image" value="$image"/>${points}${controls}</View>`), cocoWholebody133).pictures[0]!
const rectangle = (fromName: string, labels?: string[], overrides: object = {}) => ({ type: labels === undefined ? 'rectangle' : 'rectanglelabels', from_name: fromName, to_name: 'image', original_width: 200, original_height: 100, value: { x: 20, y: 30, width: 40, height: 50, rotation: 0, ...labels !== undefined && { rectanglelabels: labels } }, ...overrides })

t.test('people are the boxes with their label, or without one in their own control', async (t) => {
  const picture = plan(`<RectangleLabels name="people" toName="image"><Label value="person"/><Label value="dog"/></RectangleLabels>${things}<Rectangle name="prompt" toName="image"/>`)
  const count = (...regions: unknown[]) => readDrawnPeople(regions, picture, null, 10).length
  t.equal(count(rectangle('people', ['person'])), 1)
  t.equal(count(rectangle('people', [])), 1)
  t.equal(count(rectangle('people', ['dog'])), 0)
  t.equal(count(rectangle('things', ['car'])), 0, 'a box of another control')
  t.equal(count(rectangle('earlier', ['person'])), 1, 'the control had another name once')
  t.equal(count(rectangle('prompt')), 0, 'what was drawn to ask for somebody who has a box by now')
  t.equal(count(rectangle('people', ['person']), rectangle('things', ['car']), rectangle('people', ['person'], { to_name: 'other' })), 1)
  t.equal(readDrawnPeople(Array.from({ length: 20 }, () => rectangle('people', ['person'])), picture, null, 10).length, 10)
})

t.test('without a control for people, boxes without a label are people', async (t) => {
  const picture = plan('<Rectangle name="box" toName="image"/>')
  t.equal(readDrawnPeople([rectangle('box')], picture, null, 10).length, 1)
  const other = plan(things)
  t.equal(other.people, null)
  t.equal(readDrawnPeople([rectangle('things', ['car'])], other, null, 10).length, 0)
})

t.test('a box without a page lies on the first', async (t) => {
  const picture = plan('<RectangleLabels name="people" toName="image"><Label value="person"/></RectangleLabels>')
  const regions = [rectangle('people', ['person']), rectangle('people', ['person'], { item_index: null }), rectangle('people', ['person'], { item_index: 2 })]
  t.same([0, 1, 2].map((page) => readDrawnPeople(regions, picture, page, 10).length), [2, 0, 1])
  t.equal(readDrawnPeople(regions, picture, null, 10).length, 3)
})

t.test('anything else is nobody', async (t) => {
  const picture = plan('<RectangleLabels name="people" toName="image"><Label value="person"/></RectangleLabels>')
  for (const regions of [undefined, null, 5, {}, [], [null, 5, 'x', {}, { type: 'rectangle' }, rectangle('people', ['person'], { value: { x: 'a' } })]]) t.same(readDrawnPeople(regions, picture, null, 10), [])
})
