import { findDetector, findPose } from '../models/find-model.ts'
import { keypointSets } from '../models/keypoint-sets.ts'
import type { DetectorEntry, ModelEntry, PoseEntry } from '../models/model-entry.ts'
import { costOfMode, measuredOn } from '../models/measured-costs.ts'
import { modes, type Mode } from '../models/modes.ts'
import { publishedAccuracy } from '../models/registry/published-accuracy.ts'

/** Every mode with its two networks. @throws Error when the registry lacks one */
export function modeEntries (): Array<[mode: Mode, entries: { detector: DetectorEntry, pose: PoseEntry }]> {
  return (Object.keys(modes) as Mode[]).map((mode) => {
    const detector = findDetector(modes[mode].detector)
    const pose = findPose(modes[mode].pose)
    if (detector === null || pose === null) throw new Error(`Mode ${mode} names a model that the registry lacks.`)
    return [mode, { detector, pose }]
  })
}

/** The modes with accuracy, speed, size and licence, and what the figures are. @param toRoot from the page to the root, '' or '../' */
export function renderModesTable (toRoot: string): string {
  const lines = [
    '| `MODE` | points | detector + pose network | accuracy of the pose network | time per picture | files | licence |',
    '|---|---|---|---|---|---|---|'
  ]
  for (const [mode, { detector, pose }] of modeEntries()) {
    const cells = [`\`${mode}\``, keypointSets[pose.keypointSet].names.length, `${detector.title} + ${pose.title}`, accuracyOf(mode, pose, toRoot), timeOf(mode), sizeOf([detector, pose]), licenceOf([detector, pose])]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  lines.push(
    '',
    '- **Accuracy** as the publishers of the pose network give it, AP with flip test, which is not done here; different measures do not compare.',
    `- **Time**: processor time of a picture with two people, from its request to its answer; ${measuredOn}. – = not measured; [sizing](${toRoot}docs/sizing.md) has more.`,
    '- **Files**: – = a size that is not known before the download.',
    '- **Licence** of the files. \\* Partly trained on pictures and labels for non-commercial use (Human-Art, COCO-WholeBody): whether that binds you is for you to judge.'
  )
  return lines.join('\n')
}

function accuracyOf (mode: Mode, { id }: PoseEntry, toRoot: string): string {
  const accuracy = publishedAccuracy[id]
  if (accuracy !== undefined) return `${accuracy.measure} ${accuracy.value.toFixed(1)}`
  return mode === 'starter' ? `[model card](${toRoot}models/starter/MODEL_CARD.md)` : '–'
}

function timeOf (mode: Mode): string {
  const { isUpperBound, pictureMs, personMs } = costOfMode(mode)
  if (isUpperBound) return '–'
  const ms = Math.round(pictureMs + 2 * personMs)
  return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`
}

function sizeOf (entries: ModelEntry[]): string {
  const sizes = entries.map(({ bytes }) => bytes)
  if (sizes.includes(null)) return '–'
  const megabytes = sizes.reduce<number>((sum, bytes) => sum + bytes! / 1e6, 0)
  return `${megabytes < 10 ? megabytes.toFixed(1) : Math.round(megabytes)} MB`
}

function licenceOf (entries: ModelEntry[]): string {
  const names = new Set(entries.map(({ license }) => license.split(' (')[0]!))
  const isRestricted = entries.some(({ license }) => license.startsWith('Apache') && license.includes('non-commercial'))
  return `${[...names].join(', ')}${isRestricted ? ' \\*' : ''}`
}
