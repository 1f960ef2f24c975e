import { readContainerLimits } from '../container/container-limits.ts'
import { readContainerUse } from '../container/container-use.ts'
import type { JobEngine } from '../jobs/job-engine.ts'
import { snapshotJobs } from '../jobs/snapshot-jobs.ts'
import type { ServiceSnapshot } from '../metrics/service-snapshot.ts'
import type { EstimateSource } from './estimate-source.ts'
import type { PoseService } from './pose-service.ts'

export interface SnapshotParts {
  service: Pick<PoseService, 'health' | 'unreadiness' | 'annotations'>
  /** null while there is no model. */
  source: EstimateSource | null
  restarted: number
  predictRequests: number
  /** null: no job has been asked for yet. */
  jobs: JobEngine | null
}

/** The present state of the service, in numbers. */
export async function takeSnapshot ({ service, source, restarted, predictRequests, jobs }: SnapshotParts): Promise<ServiceSnapshot> {
  const { model_version: version, mode, device, fallback, download, workers, pictures: { waiting, running } } = service.health()
  const sum = (numbers: Array<number | null> = []) => numbers.reduce<number>((total, number) => total + (number ?? 0), 0)
  return {
    ready: service.unreadiness() === null,
    model: version === null ? null : { version, mode, device, isFallback: fallback !== null },
    modelDownload: { received: sum(download?.map(({ received }) => received)), total: sum(download?.map(({ total }) => total)) },
    workers: { ...workers, restarted },
    pictures: { waiting, running, oldestWaitingMs: source?.oldestWaitingMs ?? 0 },
    predictRequests,
    cacheBytes: source?.cacheBytes ?? 0,
    jobs: jobs === null ? null : await snapshotJobs(jobs),
    annotations: service.annotations.totals(),
    container: { ...readContainerLimits(), ...readContainerUse() }
  }
}
