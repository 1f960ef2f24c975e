import type { TaskQuery } from '../label-studio/client/selected-tasks.ts'
import type { JobRecord } from './job-store.ts'

/** Which tasks of its project a job still has to do, as far as Label Studio can tell. Numbers that were asked for are not in it. */
export function taskQuery ({ request, modelVersion }: Pick<JobRecord, 'request' | 'modelVersion'>): TaskQuery {
  return {
    ...(request.filter !== null && { filters: request.filter }),
    ...(request.tasks === 'unpredicted' && { withoutVersion: modelVersion })
  }
}
