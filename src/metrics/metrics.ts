/** What the rest of the service notes for /metrics. Made by createMetrics. */
import type { Person } from '../../models/person.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { StageTimes } from '../../workers/protocol.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'

export interface Metrics {
  noteRequest (request: { method: string, route: string, status: number, seconds: number }): void
  /** @param code as in docs/errors.md */
  noteError (code: string, scope: 'request' | 'task'): void
  /** What the networks found on one picture. */
  noteEstimate (estimate: { people: readonly Person[], times: StageTimes & { queueMs: number } }, keypointSet: KeypointSet): void
  /** @param ms from the request of a picture to its people; @param known: they were in the cache */
  notePicture (ms: number, known: boolean): void
  noteLookup (isHit: boolean): void
  /** @param bytes null: it failed */
  noteDownload (ms: number, bytes: number | null): void
  /** @param isShared: all replicas count together */
  noteRateLimit (isShared: boolean): void
  /** All metrics in Prometheus' text form, with the present values of those that are only looked at. */
  read (snapshot: ServiceSnapshot): Promise<{ contentType: string, text: string }>
}
