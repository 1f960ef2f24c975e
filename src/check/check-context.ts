/** What the checks look at. Made by the running service, or by the command where none runs. */
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { DrawOptions, EngineStatus, PictureEstimate } from '../inference/pose-engine.ts'
import type { AccessToken } from '../label-studio/access-token.ts'
import type { LabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { Person } from '../../models/person.ts'
import type { PictureLoader } from '../media/picture-loader.ts'
import type { ReceivedCalls } from './received-calls.ts'

export interface CheckContext {
  /** null: LABEL_STUDIO_URL is not set. */
  labelStudio: { client: LabelStudioClient, token: Pick<AccessToken, 'describe'> } | null
  loader: Pick<PictureLoader, 'load'>
  /** What the model finds; null: not known yet. */
  keypointSet (): KeypointSet | null
  /** Port that the service listens on: a connection to it may be ours although it fails. */
  port: number
  /** null: beside the service, or without one. */
  service: CheckedService | null
}

/** Of GET /health. */
export interface CheckedHealth {
  mode: string
  model_loaded: boolean
  model_version: string | null
  models: { detector: string | null, pose: string | null }
  device: string
  workers: EngineStatus['workers']
  warnings: string[]
  fallback: { reason: string } | null
}

/** What only the running service can tell or do. */
export interface CheckedService {
  received: ReceivedCalls
  health (): CheckedHealth
  /** The error that a prediction would get now, or null. */
  refusal (): Error | null
  /** @throws PoseError as PoseEngine.estimate, MODEL_* */
  estimate (bytes: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<PictureEstimate>
  /** @throws PoseError as PoseEngine.draw */
  draw (bytes: Uint8Array<ArrayBuffer>, people: readonly Person[], options: DrawOptions): Promise<Uint8Array>
}
