import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { labelConfigPreset, presetNames } from '../../src/label-studio/label-config-preset.ts'
import { createLabelConfigPlanner } from '../../src/label-studio/label-config-planner.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'

const expected = { skeleton: 0, body17: 17, body23: 23, hands: 42, face: 68, wholebody133: 133 }

for (const name of presetNames) {
  t.test(name, async (t) => {
    const xml = labelConfigPreset(name)
    const { pictures: [picture] } = createLabelConfigPlanner().plan(xml, cocoWholebody133)
    t.equal(picture!.keypoints.length, expected[name])
    t.ok(picture!.keypoints.every(({ index, label }) => cocoWholebody133.names[index] === label), 'each label names its own point')
    t.same(picture!.people, { fromName: 'person_box', label: 'person' })
    t.same(picture!.skeletons.map(({ tree }) => tree), name === 'skeleton' ? ['body', 'left_hand', 'right_hand'] : [])
    const smart = parseLabelConfig(xml).controls.filter(({ attributes }) => attributes['smart'] !== 'false')
    t.same(smart.map(({ type, name, labels }) => [type, name, labels.length]), [['rectangle', 'prompt', 0], ['keypoint', 'click', 0]], 'the smart tools have no label')

    // Label Studio's own check collects every name="..." and every label and wants them unique.
    const names = [...xml.matchAll(/\bname="([^"]+)"/g)].map(([, text]) => text)
    t.equal(new Set(names).size, names.length, 'names are unique')
    const labels = parseLabelConfig(xml).controls.flatMap((control) => control.labels)
    t.equal(new Set(labels.map(({ value }) => value)).size, labels.length, 'labels are unique over all controls')
    const indices = labels.filter(({ attributes }) => attributes['model_index'] !== undefined)
    t.ok(indices.every(({ value, attributes }) => cocoWholebody133.names[Number(attributes['model_index'])] === value))
    t.equal(indices.length, expected[name])
  })
}

t.test('the two sides differ in colour', async (t) => {
  const colour = (label: string) => new RegExp(`value="${label}" background="(#[0-9A-F]{6})"`).exec(labelConfigPreset('wholebody133'))?.[1]
  for (const joint of ['shoulder', 'big_toe', 'thumb1']) t.not(colour(`left_${joint}`), colour(`right_${joint}`), joint)
})

t.test('a planner reads the same text once, for each set of keypoints', async (t) => {
  const planner = createLabelConfigPlanner({ max: 2 })
  const xml = labelConfigPreset('body17')
  const plan = planner.plan(xml, cocoWholebody133)
  t.equal(planner.plan(xml, cocoWholebody133), plan)
  t.not(planner.plan(xml, { ...cocoWholebody133, id: 'coco-17' }), plan)
  planner.plan(labelConfigPreset('face'), cocoWholebody133)
  t.not(planner.plan(xml, cocoWholebody133), plan, 'the oldest is forgotten')
})
