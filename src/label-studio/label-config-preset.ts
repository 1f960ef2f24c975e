/** Labelling interfaces to paste into Label Studio: GET /label-config. */
import type { PartName, TreeName } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'

export const presetNames = ['skeleton', 'body17', 'body23', 'hands', 'face', 'wholebody133'] as const
export type PresetName = typeof presetNames[number]

/** Points and skeletons of the same part are two layers over each other, so no preset has both. */
const presets: Record<PresetName, { points: PartName[], skeletons: TreeName[] }> = {
  skeleton: { points: [], skeletons: ['body', 'left_hand', 'right_hand'] },
  body17: { points: ['body'], skeletons: [] },
  body23: { points: ['body', 'feet'], skeletons: [] },
  hands: { points: ['left_hand', 'right_hand'], skeletons: [] },
  face: { points: ['face'], skeletons: [] },
  wholebody133: { points: ['body', 'feet', 'face', 'left_hand', 'right_hand'], skeletons: [] }
}

type Side = 'left' | 'right' | 'middle'

/** Cool colours are the person's own left, warm ones the right. */
const colours: Record<PartName, Record<Side, string>> = {
  body: { left: '#1E88E5', right: '#F4511E', middle: '#7CB342' },
  feet: { left: '#00ACC1', right: '#FB8C00', middle: '#7CB342' },
  face: { left: '#FDD835', right: '#FDD835', middle: '#FDD835' },
  left_hand: { left: '#43A047', right: '#43A047', middle: '#43A047' },
  right_hand: { left: '#D81B60', right: '#D81B60', middle: '#D81B60' }
}
const skeletonColours: Record<TreeName, string> = { body: '#8E24AA', left_hand: '#43A047', right_hand: '#D81B60' }
const personColour = '#FFB300'

const titles: Record<PartName, string> = { body: 'Body', feet: 'Feet', face: 'Face', left_hand: 'Left hand', right_hand: 'Right hand' }

/**
 * The XML of a preset: the picture on the left, the labels on the right, one folded panel per part, and a rectangle
 * and a point without labels as the only smart tools. Smart tools with a label would put it on every point they bring
 * (Label Studio's editor relabels accepted suggestions with what is selected).
 */
export function labelConfigPreset (name: PresetName): string {
  const { points, skeletons } = presets[name]
  const panels = points.flatMap((part) => pointsPanel(part).map((line) => `      ${line}`))
  const lines = [
    '<View style="display:flex">',
    '  <View style="flex:100%">',
    '    <Image name="image" value="$image" zoom="true" zoomControl="true" brightnessControl="true" contrastControl="true"/>',
    '  </View>',
    '  <View style="flex:0 0 300px;max-height:80vh;overflow-y:auto">',
    '    <RectangleLabels name="person_box" toName="image" smart="false" strokeWidth="2">',
    `      <Label value="person" background="${personColour}"/>`,
    '    </RectangleLabels>',
    '    <Rectangle name="prompt" toName="image" smart="true" smartOnly="true"/>',
    '    <KeyPoint name="click" toName="image" smart="true" smartOnly="true"/>',
    ...(skeletons.length > 0 ? skeletonControl(skeletons).map((line) => `    ${line}`) : []),
    ...(panels.length > 0 ? ['    <Collapse accordion="false">', ...panels, '    </Collapse>'] : []),
    '  </View>',
    '</View>'
  ]
  return `${lines.join('\n')}\n`
}

function pointsPanel (part: PartName): string[] {
  const ranges = cocoWholebody133.parts.filter(({ name }) => name === part)
  const labels = ranges.flatMap(({ first, last }) => cocoWholebody133.names.slice(first, last + 1).map((name, offset) =>
    `    <Label value="${name}" background="${colours[part][sideOf(name)]}" predicted_values="person" model_index="${first + offset}"/>`))
  return [
    `<Panel value="${titles[part]} (${labels.length})">`,
    `  <KeyPointLabels name="${part}" toName="image" smart="false" strokeWidth="2">`,
    ...labels,
    '  </KeyPointLabels>',
    '</Panel>'
  ]
}

function skeletonControl (trees: readonly TreeName[]): string[] {
  return [
    '<VectorLabels name="skeleton" toName="image" skeleton="true" closable="false" smart="false" strokeWidth="3">',
    ...trees.map((tree) => `  <Label value="${tree}" background="${skeletonColours[tree]}"/>`),
    '</VectorLabels>'
  ]
}

function sideOf (name: string): Side {
  if (name.startsWith('left_')) return 'left'
  return name.startsWith('right_') ? 'right' : 'middle'
}
