/** What the HTTP layer sees of the service. Made by createPoseService. */
import type { PredictRequest } from '../label-studio/task-schema.ts'
import type { CheckReport } from '../check/check-report.ts'
import type { ReceivedCalls } from '../check/received-calls.ts'
import type { CheckRequest } from '../check/run-checks.ts'
import type { JobEngine } from '../jobs/job-engine.ts'
import type { EngineStatus } from '../inference/pose-engine.ts'
import type { ServiceSnapshot } from '../metrics/service-snapshot.ts'
import type { PresetName } from '../label-studio/label-config-preset.ts'
import type { AnnotationEvents } from '../quality/events/annotation-events.ts'
import type { ProjectQuality } from '../quality/project-quality.ts'
import type { AnswerShare } from './answer-budget.ts'

export interface ServiceHealth {
  status: 'ok'
  model_loaded: boolean
  /** null while there is no model. */
  model_version: string | null
  mode: string
  device: string
  /** Why there is no model, as a sentence with the remedy; null when all is well. */
  reason: string | null
  warnings: string[]
  /** Set while the starter models stand in for the mode's, with the reason and the remedy. */
  fallback: { mode: 'starter', reason: string } | null
  /** Files that are being downloaded, in bytes (total null = not said); null when none are. */
  download: Array<{ title: string, received: number, total: number | null }> | null
  models: { detector: string | null, pose: string | null, licenses: string[] }
  workers: EngineStatus['workers']
  /** estimated: by the networks since the start; what was known or asked for twice at once is not counted. */
  pictures: { waiting: number, running: number, estimated: number }
}

export interface PredictAnswer {
  /**
   * Those of `results`, already as JSON text in UTF-8: a person is 37 KB, and serialising while others run keeps the event loop free.
   * Bytes and not strings, which would fill the heap of JavaScript and have two bytes a character where a label is not Latin.
   */
  entries: Buffer[]
  people: number
  failed: number
}

export interface PoseService {
  /**
   * Loads the models; resolves when they are ready or cannot be had for now.
   * @throws Error that nobody expected while the files were looked for
   */
  start (): Promise<void>
  health (): ServiceHealth
  /** The same in numbers, with those of the jobs, which are asked of Redis. */
  snapshot (): Promise<ServiceSnapshot>
  /** null when predictions can be made (or will, at the first request), otherwise the error a request would get. */
  refusal (): Error | null
  /** As refusal, but also an error while models load: what a load balancer should know. Requests wait for them instead. */
  unreadiness (): Error | null
  /** Waits while the model files are looked for. @throws PoseError MODEL_* when there is no model. */
  modelVersion (signal: AbortSignal): Promise<string>
  /**
   * A sentence for the log when the labelling interface cannot be filled, null when it can.
   * Reads the configuration only: Label Studio allows 3 seconds.
   */
  checkLabelConfig (xml: string): string | null
  /**
   * Notes what Label Studio says of itself in /setup: its public name, so that addresses on it are asked at LABEL_STUDIO_URL,
   * and its token, used while no LABEL_STUDIO_API_KEY is set. Neither opens anything that the configuration does not.
   */
  noteLabelStudio (about: { hostname: unknown, accessToken: unknown }): void
  labelConfig (preset: PresetName): string
  /** What has arrived from Label Studio; the HTTP layer notes it. */
  received: ReceivedCalls
  /** Counts what the events of Label Studio tell of annotations. */
  annotations: AnnotationEvents
  /** Measures predictions against what annotators have made of them. */
  quality: ProjectQuality
  /**
   * Looks at everything between Label Studio and its predictions.
   * @param signal ends it
   * @throws Error that nobody expected; failures that are known stand in the report
   */
  check (request: CheckRequest, signal: AbortSignal): Promise<CheckReport>
  /**
   * Jobs over whole projects. From the first call on, with Redis, this service does its share of them.
   * @throws PoseError JOBS_UNAVAILABLE, SHUTTING_DOWN
   */
  jobs (): Promise<JobEngine>
  /** Memory for the answer of one predict; who sends it releases it when it is out. */
  openAnswer (): AnswerShare
  /** @throws PoseError for failures of the whole request; failures of one task stand in its entry. */
  predict (request: PredictRequest, signal: AbortSignal, answer: AnswerShare): Promise<PredictAnswer>
  /** From now on unreadiness() tells balancers to go elsewhere; requests are still taken. */
  announceClose (): void
  /** The service will not be there for long. */
  readonly isLeaving: boolean
  /** From now on requests are refused; those already accepted go on. */
  beginClose (): void
  /** Waits for what was accepted, then ends the threads. */
  close (): Promise<void>
}
