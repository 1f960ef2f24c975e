import { countWorkers } from './count-workers.ts'
import type { MemoryPlan } from './plan-memory.ts'
import type { Machine } from './read-machine.ts'
import { toGibibytes } from './to-gibibytes.ts'

/** One line for the log of the start: what the service will use, and why so much. */
export function describeMemory (plan: MemoryPlan, { memoryBytes, cores, isContainer }: Machine): string {
  const reasons = {
    WORKERS: 'as WORKERS says',
    cores: cores === 1 ? 'one for the one core' : `one for each of ${cores} cores`,
    memory: `not ${cores}, the number of cores: the memory does not hold more`
  }
  return `Memory of ${isContainer ? 'the container' : 'the machine'}: ${toGibibytes(memoryBytes / 2 ** 20)}; ${countWorkers(plan.workers)} (${reasons[plan.workersBy]}), ` +
    `results to ${plan.cacheMB} MB, bodies to ${plan.maxBodyMB} MB, answers to ${plan.maxAnswerMB} MB, pictures to ${plan.maxMegapixels} megapixels and ${plan.downloadMaxMB} MB; about ${toGibibytes(plan.idleMiB)} without requests, ${toGibibytes(plan.fullMiB)} with the largest`
}
