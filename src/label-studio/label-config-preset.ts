/** Labelling interfaces to paste into Label Studio: GET /label-config. */
import type { PartName } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { sideOfPoint } from '../../models/keypoints/side-of-point.ts'
import { boneColours, personColour, pointColours, type BoneName } from '../../models/part-colours.ts'

export const presetNames = ['skeleton', 'body17', 'body23', 'hands', 'face', 'wholebody133'] as const
export type PresetName = typeof presetNames[number]

/** Points and skeletons of the same part are two layers over each other, so no preset has both. */
const presets: Record<PresetName, { points: PartName[], skeletons: BoneName[] }> = {
  skeleton: { points: [], skeletons: ['left_side', 'right_side', 'left_hand', 'right_hand'] },
  body17: { points: ['body'], skeletons: [] },
  body23: { points: ['body', 'feet'], skeletons: [] },
  hands: { points: ['left_hand', 'right_hand'], skeletons: [] },
  face: { points: ['face'], skeletons: [] },
  wholebody133: { points: ['body', 'feet', 'face', 'left_hand', 'right_hand'], skeletons: [] }
}

export const partTitles: Record<PartName, string> = { body: 'Body', feet: 'Feet', face: 'Face', left_hand: 'Left hand', right_hand: 'Right hand' }

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
    '    <RectangleLabels name="person_box" toName="image" smart="false" strokeWidth="2" opacity="0.05">',
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
    `    <Label value="${name}" background="${pointColours[part][sideOfPoint(first + offset)]}" predicted_values="person" model_index="${first + offset}"/>`))
  return [
    `<Panel value="${partTitles[part]} (${labels.length})">`,
    `  <KeyPointLabels name="${part}" toName="image" smart="false" strokeWidth="2">`,
    ...labels,
    '  </KeyPointLabels>',
    '</Panel>'
  ]
}

function skeletonControl (trees: readonly BoneName[]): string[] {
  return [
    '<VectorLabels name="skeleton" toName="image" skeleton="true" closable="false" smart="false" strokeWidth="3">',
    ...trees.map((tree) => `  <Label value="${tree}" background="${boneColours[tree]}"/>`),
    '</VectorLabels>'
  ]
}
