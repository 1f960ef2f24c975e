import { setTimeout as sleep } from 'node:timers/promises'
import type { JobEngine } from './job-engine.ts'
import { jobStates, type JobState } from './job.ts'

export interface JobsInNumbers {
  states: Record<JobState, number>
  /** Of the jobs that wait or run. */
  tasks: { total: number, done: number, failed: number }
}

/** Whoever asks for metrics waits no longer for Redis. */
const longestMs = 1000

/** @returns null when Redis does not answer in time */
export async function snapshotJobs (engine: JobEngine): Promise<JobsInNumbers | null> {
  const list = await Promise.race([engine.list().catch(() => null), sleep(longestMs, null, { ref: false })])
  if (list === null) return null
  const states = Object.fromEntries(jobStates.map((state) => [state, 0])) as Record<JobState, number>
  const tasks = { total: 0, done: 0, failed: 0 }
  for (const { state, total, done, failed } of list) {
    states[state]++
    if (state !== 'waiting' && state !== 'running') continue
    tasks.total += total
    tasks.done += done
    tasks.failed += failed
  }
  return { states, tasks }
}
