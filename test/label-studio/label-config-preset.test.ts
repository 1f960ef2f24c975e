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
    t.same(picture!.skeletons.map(({ tree }) => tree), name === 'skeleton' ? ['left_side', 'right_side', 'left_hand', 'right_hand'] : [])
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

/** All colours of the presets, with one of the labels that have them. */
const colours = new Map(presetNames.flatMap((name) => [...labelConfigPreset(name).matchAll(/value="([^"]+)" background="(#[0-9A-F]{6})"/g)].map(([, label, colour]): [string, string] => [colour!, label!])))

/** Red, green and blue as light, 0..1. */
function toLight (colour: string): [number, number, number] {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
}

function toLab (colour: string): [number, number, number] {
  const [r, g, b] = toLight(colour)
  const [x, y, z] = [(0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505, 0.2126 * r + 0.7152 * g + 0.0722 * b, (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089].map(Math.cbrt) as [number, number, number]
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)]
}

t.test('every colour can be seen on white and on black', async (t) => {
  t.ok(colours.size >= 11)
  for (const [colour, label] of colours) {
    const [r, g, b] = toLight(colour)
    const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b
    t.ok(1.05 / (luminance + 0.05) > 3, `${label} on white`)
    t.ok((luminance + 0.05) / 0.05 > 3, `${label} on black`)
  }
})

t.test('colours can be told apart, above all left from right', async (t) => {
  const difference = (a: string, b: string) => Math.hypot(...toLab(a).map((value, axis) => value - toLab(b)[axis]!))
  for (const [a, label] of colours) for (const [b, other] of colours) if (a < b) t.ok(difference(a, b) > 20, `${label} and ${other}`)
  for (const name of ['wholebody133', 'skeleton'] as const) {
    const colour = (label: string) => new RegExp(`value="${label}" background="(#[0-9A-F]{6})"`).exec(labelConfigPreset(name))![1]!
    for (const pair of name === 'skeleton' ? ['side', 'hand'] : ['shoulder', 'big_toe', 'thumb1']) t.ok(difference(colour(`left_${pair}`), colour(`right_${pair}`)) > 50, pair)
  }
  const face = (index: number) => new RegExp(`value="face-${index}" background="(#[0-9A-F]{6})"`).exec(labelConfigPreset('face'))![1]!
  t.ok(difference(face(0), face(16)) > 50, 'the corners of the jaw')
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
