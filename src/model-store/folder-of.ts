import type { ModelEntry } from '../../models/model-entry.ts'
import { starterDetector, starterPose } from '../../models/registry/starter.ts'
import { starterFolder } from '../starter-folder.ts'

/** Where the file of a registered model lies: MODEL_DIR, but for those that are built in. */
export function folderOf ({ id }: ModelEntry, modelDir: string): string {
  return isBuiltIn(id) ? starterFolder() : modelDir
}

/** Whether the file comes with the program. */
export function isBuiltIn (id: string): boolean {
  return id === starterDetector.id || id === starterPose.id
}
