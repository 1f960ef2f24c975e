import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { listWantedPictures, type ListWantedPicturesOptions } from '../../src/prediction/list-wanted-pictures.ts'

const part = (name: string) => `<Image name="${name}" value="$${name}"/><KeyPointLabels name="points_${name}" toName="${name}"><Label value="nose"/></KeyPointLabels><RectangleLabels name="people_${name}" toName="${name}"><Label value="person"/></RectangleLabels>`
const plan = matchControls(parseLabelConfig(`<View>${part('a')}${part('b')}</View>`), cocoWholebody133)
const list = (data: unknown, options: Partial<ListWantedPicturesOptions> = {}) => listWantedPictures(data, plan, { context: null, maxPeople: 10, maxTasks: 10, ...options })
const rectangle = (image: string) => ({ type: 'rectanglelabels', from_name: `people_${image}`, to_name: image, original_width: 200, original_height: 100, value: { x: 20, y: 30, width: 40, height: 50, rotation: 0, rectanglelabels: ['person'] } })
const missing = { code: 'POSE_ERR_SOURCE_MISSING' }

t.test('tags for which a task has no picture are left out, as long as it has one', async (t) => {
  t.same(list({ a: 'x.jpg', b: 'y.jpg' }).map(({ address }) => address), ['x.jpg', 'y.jpg'])
  for (const b of ['', null, undefined]) t.same(list({ a: 'x.jpg', b }).map(({ address }) => address), ['x.jpg'])
  t.throws(() => list({ a: '', b: null }), missing)
  t.throws(() => list({}), missing)
})

t.test('a request for somebody on one picture is not about the others', async (t) => {
  const context = { result: [rectangle('a')] }
  t.match(list({ a: 'x.jpg', b: 'y.jpg' }, { context }), [{ address: 'x.jpg', boxSource: { kind: 'boxes', boxes: { length: 1 } } }])
  t.equal(list({ a: 'x.jpg', b: '' }, { context }).length, 1)
  t.throws(() => list({ a: '', b: 'y.jpg' }, { context }), missing, 'the picture that is meant')
  t.same(list({ a: '', b: '' }, { context: { result: [] } }), [])
})

t.test('where people are drawn the detector does not look', async (t) => {
  const [a, b] = list({ a: 'x.jpg', b: 'y.jpg' }, { drawn: [rectangle('a')] })
  t.match(a, { boxSource: { kind: 'boxes' } })
  t.match(b, { boxSource: { kind: 'detector' } })
})
