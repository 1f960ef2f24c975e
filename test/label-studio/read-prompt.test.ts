import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { readPrompt } from '../../src/label-studio/read-prompt.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const picture = matchControls(parseLabelConfig(labelConfigPreset('wholebody133')), cocoWholebody133).pictures[0]!
const read = (result: unknown, itemIndex: number | null = null, limit = 10) => readPrompt({ result }, picture, itemIndex, limit)
const rectangle = (value: object, overrides: object = {}) => ({ type: 'rectangle', from_name: 'prompt', to_name: 'image', original_width: 200, original_height: 100, value: { x: 20, y: 30, width: 40, height: 50, rotation: 0, ...value }, ...overrides })
const click = (x: number, y: number, overrides: object = {}) => ({ type: 'keypoint', to_name: 'image', value: { x, y, width: 0.3 }, ...overrides })

function closeTo (t: Test, source: ReturnType<typeof read>, expected: number[]) {
  const box = source?.kind === 'boxes' ? source.boxes[0]! : []
  t.equal(box.length, 4)
  for (const [i, value] of box.entries()) t.ok(Math.abs(value - expected[i]!) < 1e-9, `${value} is ${expected[i]}`)
}

t.test('rectangles become boxes in fractions', async (t) => {
  closeTo(t, read([rectangle({})]), [0.2, 0.3, 0.6, 0.8])
  closeTo(t, read([rectangle({ x: -10, width: 200 })]), [0, 0.3, 1, 0.8])
  closeTo(t, read([rectangle({ rectanglelabels: ['person'] }, { type: 'rectanglelabels', from_name: 'person_box' })]), [0.2, 0.3, 0.6, 0.8])
  t.match(read([rectangle({}), rectangle({ x: 0 })]), { kind: 'boxes', boxes: { length: 2 } })
  t.match(read([rectangle({}), rectangle({ x: 0 })], null, 1), { boxes: { length: 1 } }, 'no more than the limit')
})

t.test('a turned rectangle becomes the upright box around it, in pixels of its picture', async (t) => {
  // 80 x 50 pixels at (40, 30), turned by 90 degrees: 50 wide to the left, 80 high downwards, cut at the lower border.
  closeTo(t, read([rectangle({ x: 50, y: 10, rotation: 90 })]), [0.25, 0.1, 0.5, 0.9])
  // 20 x 20 pixels at (100, 20), turned by 45 degrees: a diamond of 28.28 pixels.
  closeTo(t, read([rectangle({ x: 50, y: 20, width: 10, height: 20, rotation: 45 })]), [0.5 - Math.SQRT2 * 10 / 200, 0.2, 0.5 + Math.SQRT2 * 10 / 200, 0.2 + Math.SQRT2 * 20 / 100])
  closeTo(t, read([rectangle({ x: 50, y: 20, width: 10, height: 10, rotation: 45 }, { original_width: undefined })]), [0.5 - Math.SQRT1_2 * 0.1, 0.2, 0.5 + Math.SQRT1_2 * 0.1, 0.2 + Math.SQRT2 * 0.1])
})

t.test('key points become clicks', async (t) => {
  t.same(read([click(10, 20), click(120, -5, { type: 'keypointlabels', is_positive: false })]), { kind: 'clicks', clicks: [{ x: 0.1, y: 0.2, positive: true }, { x: 1, y: 0, positive: false }] })
  t.equal(read([click(10, 20, { is_positive: false })]), null, 'nobody is asked for')
  t.match(read([click(1, 1), rectangle({})]), { kind: 'boxes' }, 'a box says more')
})

t.test('nothing usable is no prompt', async (t) => {
  for (const context of [undefined, null, 5, {}, { result: null }, { result: {} }, { result: [] }, { result: [null, 5, 'x', {}, { type: 'rectangle' }, { type: 'rectangle', value: null }] }]) {
    t.equal(readPrompt(context, picture, null, 10), null)
  }
  t.equal(read([rectangle({ width: 0 })]), null)
  t.equal(read([rectangle({ x: 100 })]), null, 'outside')
  t.equal(read([rectangle({ x: 'a' })]), null)
  t.equal(read([rectangle({ height: Number.NaN })]), null)
  t.equal(read([click(Number.NaN, 1)]), null)
  t.equal(read([{ type: 'brushlabels', value: { x: 1, y: 1, width: 5, height: 5 } }]), null)
})

t.test('prompts of another picture, page or object are not ours', async (t) => {
  t.equal(read([rectangle({}, { to_name: 'other' })]), null)
  t.equal(read([rectangle({}, { item_index: 2 })], 1), null)
  t.match(read([rectangle({}, { item_index: 1 })], 1), { kind: 'boxes' })
  t.equal(read([rectangle({ rectanglelabels: ['car'] }, { type: 'rectanglelabels', from_name: 'person_box' })]), null, 'a car among the boxes of people')
  t.match(read([rectangle({ rectanglelabels: ['pose here'] }, { type: 'rectanglelabels' })]), { kind: 'boxes' }, 'a control of its own for prompts')
})

const shared = sharedDir()
t.test('prompts of a real Label Studio', { skip: shared ? false : 'needs the shared folder' }, async (t) => {
  const drawn = [0.400597907324, 0.115595416044, 0.599402092676, 0.904833084205]
  for (const [file, expected] of [
    ['backend-predict-interactive-api.json', [0.3, 0.1, 0.7, 0.9]],
    ['backend-predict-interactive-browser-rectangle.json', drawn],
    ['backend-predict-interactive-browser-rectanglelabels-person.json', drawn],
    ['backend-predict-interactive-browser-rectanglelabels.json', drawn]
  ] as const) {
    const { body } = JSON.parse(readFileSync(join(shared!, 'labelstudio/fixtures', file), 'utf8'))
    closeTo(t, readPrompt(body.params.context, picture, null, 10), [...expected])
  }
  const { body } = JSON.parse(readFileSync(join(shared!, 'labelstudio/fixtures/backend-predict-single.json'), 'utf8'))
  t.equal(readPrompt(body.params.context, picture, null, 10), null)
})
