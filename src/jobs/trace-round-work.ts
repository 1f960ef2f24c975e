import type { Traces } from '../traces/traces.ts'
import type { RoundWork } from './round-work.ts'

/**
 * The same work, each step of a round in a trace of its own: a whole round may take days and a hundred thousand pictures, on several replicas.
 * What they have in common are the numbers of job and round.
 */
export function traceRoundWork (work: RoundWork, traces: Pick<Traces, 'run'>): RoundWork {
  const step = <T>(name: string, job: string, round: number, run: () => Promise<T>) =>
    traces.run(name, { isRoot: true, facts: { 'rtmpose.job.id': job, 'rtmpose.job.round': round } }, run)
  return {
    plan: (job, round, state) => step('job plan', job, round, () => work.plan(job, round, state)),
    work: (page, attempt) => traces.run('job page', {
      isRoot: true,
      facts: { 'rtmpose.job.id': page.job, 'rtmpose.job.round': page.round, 'rtmpose.job.page': page.name, 'rtmpose.tasks': page.tasks.length }
    }, () => work.work(page, attempt)),
    end: (job, round) => step('job end', job, round, () => work.end(job, round)),
    giveUp: (job, round, error) => step('job end', job, round, () => work.giveUp(job, round, error)),
    interrupt: work.interrupt
  }
}
