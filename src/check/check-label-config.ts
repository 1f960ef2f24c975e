import type { KeypointSet } from '../../models/keypoint-set.ts'
import { isPoseError } from '../errors.ts'
import { askedPoints } from '../label-studio/asked-points.ts'
import type { ControlPlan } from '../label-studio/control-plan.ts'
import { matchControls } from '../label-studio/match-controls.ts'
import { meansPerson } from '../label-studio/means-person.ts'
import { parseLabelConfig, type LabelConfig } from '../label-studio/parse-label-config.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'

const mostNames = 5

/** Which points of the model have a place in the labelling interface, and which labels no point fills. */
export function checkLabelConfig (xml: string, set: KeypointSet | null, project: number): CheckLine {
  if (set === null) return finding('LABEL_CONFIG_SKIPPED', [], project)
  try {
    const config = parseLabelConfig(xml)
    const plan = matchControls(config, set)
    const labelled = new Set(askedPoints(plan, set))
    const counts = [labelled.size, set.names.length, describeParts(labelled, set)]
    const strange = strangeLabels(config, plan)
    return strange.length === 0 ? finding('LABEL_CONFIG_OK', counts, project) : finding('LABEL_CONFIG_STRANGE', [...counts, list(strange)], project)
  } catch (error) {
    if (!isPoseError(error)) throw error
    return findingOf('label-config', error, { project })
  }
}

/** " (body 17, feet 0 of 6, ...)" */
function describeParts (labelled: ReadonlySet<number>, { parts, names }: KeypointSet): string {
  if (labelled.size === names.length || parts.length < 2) return ''
  const counts = parts.map(({ name, first, last }) => {
    const all = last - first + 1
    const found = Array.from({ length: all }, (_, offset) => first + offset).filter((index) => labelled.has(index)).length
    return `${name.replace('_', ' ')} ${found === all ? all : `${found} of ${all}`}`
  })
  return `: ${counts.join(', ')}`
}

function strangeLabels ({ controls, images }: LabelConfig, { pictures }: ControlPlan): string[] {
  const filled = new Set(pictures.flatMap(({ keypoints }) => keypoints.map(({ fromName, label }) => `${fromName}\0${label}`)))
  return controls
    .filter(({ type, attributes, toNames }) => type === 'keypointlabels' && attributes['smartonly'] !== 'true' && toNames.some((name) => images.some((image) => image.name === name)))
    .flatMap(({ name, labels }) => labels
      .filter((label) => meansPerson(label) !== false && !filled.has(`${name}\0${label.alias ?? label.value}`))
      .map(({ alias, value }) => alias ?? value))
}

function list (names: readonly string[]): string {
  const shown = names.slice(0, mostNames).map((name) => `"${name.slice(0, 40)}"`).join(', ')
  return names.length > mostNames ? `${shown} (and ${names.length - mostNames} more)` : shown
}
