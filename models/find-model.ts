import type { DetectorEntry, ModelEntry, PoseEntry } from './model-entry.ts'
import { detectors } from './registry/detectors.ts'
import { poses } from './registry/poses.ts'

export const registry: readonly ModelEntry[] = [...detectors, ...poses]

/** The detector of that id, or null. */
export function findDetector (id: string): DetectorEntry | null {
  return detectors.find((entry) => entry.id === id) ?? null
}

/** The pose network of that id, or null. */
export function findPose (id: string): PoseEntry | null {
  return poses.find((entry) => entry.id === id) ?? null
}

/** The registry's entry of a file with this SHA-256 (of the .onnx, lower case hex), or null: an unknown file. */
export function findModelBySha256 (sha256: string): ModelEntry | null {
  return registry.find((entry) => entry.sha256 === sha256) ?? null
}
