import type { KeypointSet } from '../../models/keypoint-set.ts'
import { createPoseError } from '../errors.ts'
import type { ControlPlan } from './control-plan.ts'
import type { LabelConfig } from './parse-label-config.ts'
import { planPictures } from './plan-pictures.ts'
import { presetsOfSet } from './presets-of-set.ts'

/**
 * Decides what this model can fill in a labelling interface. Nothing goes where the interface has no place for it.
 * @throws PoseError LABEL_CONFIG_UNMATCHED that says what is missing: points or skeletons of at least one picture are needed
 */
export function matchControls (config: LabelConfig, set: KeypointSet): ControlPlan {
  const pictures = planPictures(config, set)
  if (pictures.length === 0) throw createPoseError('LABEL_CONFIG_UNMATCHED', `${explain(config, set)} ${remedy(set)}`)
  return { images: config.images, pictures }
}

function remedy (set: KeypointSet): string {
  const others = presetsOfSet(set).filter((name) => name !== 'wholebody133')
  return `GET /label-config?preset=wholebody133 (or ${others.join(', ')}) prints one that fits.`
}

function explain ({ images, controls, otherObjects }: LabelConfig, set: KeypointSet): string {
  if (images.length === 0) {
    return `it has no Image tag${otherObjects.length > 0 ? ` (only ${list([...new Set(otherObjects)])})` : ''}.`
  }
  const onImages = controls.filter(({ toNames }) => toNames.some((name) => images.some((image) => image.name === name)))
  const points = onImages.filter(({ type }) => type === 'keypointlabels')
  if (points.length > 0) {
    const found = points.flatMap(({ labels }) => labels.map(({ alias, value }) => alias ?? value))
    return `no label of ${list(points.map(({ name }) => name))} is one of its points ` +
      `(there: ${found.length > 0 ? list(found) : 'none'}; missing: ${list(set.names)}). Name them so, or give them an alias or a model_index.`
  }
  if (onImages.some(({ type }) => type === 'vector' || type === 'vectorlabels')) {
    return 'its vectors are no skeletons: set skeleton="true" and name the labels body (or left_side and right_side), left_hand, right_hand.'
  }
  return `it has no KeyPointLabels and no VectorLabels skeleton="true" on a picture${onImages.length > 0 ? ` (only ${list(onImages.map(({ name }) => name))})` : ''}; ` +
    `missing are the labels ${list(set.names)}.`
}

/** The first few, so that the sentence stays one: it is to fit into an HTTP reason phrase. */
function list (names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => name.slice(0, 40)).join(', ')
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown
}
