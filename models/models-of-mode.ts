import { findDetector, findPose } from './find-model.ts'
import type { DetectorEntry, PoseEntry } from './model-entry.ts'
import { modes, type Mode } from './modes.ts'

/** The two models of a mode. @param detector id of another detector than the mode's; null: the mode's */
export function modelsOfMode (mode: Mode, detector: string | null): { detector: DetectorEntry, pose: PoseEntry } {
  return { detector: findDetector(detector ?? modes[mode].detector)!, pose: findPose(modes[mode].pose)! }
}
