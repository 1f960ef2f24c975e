import type { ContainerUse } from '../container/container-use.ts'
import type { ContainerLimits } from '../container/container-limits.ts'
import type { JobsInNumbers } from '../jobs/snapshot-jobs.ts'
import type { EventTotals } from '../quality/events/event-counts.ts'

/** The present state of the service, in numbers. */
export interface ServiceSnapshot {
  ready: boolean
  model: { version: string, mode: string, device: string, isFallback: boolean } | null
  /** Bytes of the files that are being downloaded; total without those whose size is not said. */
  modelDownload: { received: number, total: number }
  workers: { wanted: number, ready: number, restarted: number }
  pictures: { waiting: number, running: number, oldestWaitingMs: number }
  predictRequests: number
  cacheBytes: number
  /** null: they were not to be had in time. */
  jobs: JobsInNumbers | null
  annotations: EventTotals
  container: ContainerLimits & ContainerUse
}
