import type { KeypointSet } from '../../../models/keypoint-set.ts'
import { isPoseError } from '../../errors.ts'
import { matchControls } from '../match-controls.ts'
import { parseLabelConfig } from '../parse-label-config.ts'
import { askService } from './ask-service.ts'
import type { Credentials } from './credentials.ts'

/** Who says what the model can fill. */
export interface Judge {
  /** Address of the service, which knows best. */
  backend: string
  /** That it asks for; null: none. */
  credentials: Credentials | null
  /** Its points as far as is known here, for where it cannot be asked from here. */
  keypointSet: KeypointSet
}

/** Why the model cannot fill this labelling interface, or null. */
export async function findObstacle (labelConfig: string, { backend, credentials, keypointSet }: Judge): Promise<string | null> {
  const asked = await askService(backend, labelConfig, credentials)
  if (asked !== null) return asked.warnings[0] ?? null
  try {
    matchControls(parseLabelConfig(labelConfig), keypointSet)
    return null
  } catch (error) {
    if (isPoseError(error)) return error.message
    throw error
  }
}
