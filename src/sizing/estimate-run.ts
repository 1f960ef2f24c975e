import { costOfMode } from '../../models/measured-costs.ts'
import type { Mode } from '../../models/modes.ts'
import { allDerived, planMemory } from '../container/plan-memory.ts'
import { labelStudio, parallelShare } from './known-limits.ts'

/** What is to be done, with what. */
export interface Run {
  pictures: number
  /** Mean number on a picture. */
  people: number
  mode: Mode
  /** In which it shall be done. */
  hours: number
  coresPerReplica: number
  /** Mean size of a picture file. */
  pictureKB: number
  /** Own measurement of a whole picture with its people, in ms of processor time; null: the table's. */
  msPerPicture: number | null
  /** How much slower (above 1) or faster this machine is than that of the table. */
  slowness: number
  /** JOB_PAGES_PER_MINUTE times JOB_BATCH_SIZE: what jobs ask of Label Studio at most. */
  tasksPerMinute: number
  /** null: nothing is said of money. */
  pricePerCoreHour: number | null
}

export interface RunEstimate {
  /** Processor time of one picture. */
  msPerPicture: number
  replicas: number
  workersPerReplica: number
  /** Pictures per second of all replicas. */
  rate: number
  /** In which so many replicas have done it. */
  hours: number
  coreHours: number
  price: number | null
  /** Least memory of a replica, in GiB, in which the start derives so many workers and says nothing of danger. */
  memoryGiB: number
  downloadMBps: number
  storedGB: number
  /** What lies around the service, the narrowest first. */
  bounds: Bound[]
}

export interface Bound {
  what: 'Label Studio' | 'JOB_PAGES_PER_MINUTE'
  /** Pictures per second that it lets through. */
  rate: number
  /** Share of it that the replicas need; above 1 they wait for it. */
  share: number
}

/** @returns what the run needs: processor time decides over the replicas, and the rest is what they ask of others */
export function estimateRun (run: Run): RunEstimate {
  const cost = costOfMode(run.mode)
  const msPerPicture = run.msPerPicture ?? (cost.pictureMs + run.people * cost.personMs) * run.slowness
  const ratePerReplica = 1000 / msPerPicture * (run.coresPerReplica === 1 ? 1 : run.coresPerReplica * parallelShare)
  const replicas = Math.max(1, Math.ceil(run.pictures / (ratePerReplica * run.hours * 3600)))
  const rate = replicas * ratePerReplica
  const hours = run.pictures / rate / 3600
  const coreHours = replicas * run.coresPerReplica * hours
  return {
    msPerPicture,
    replicas,
    workersPerReplica: run.coresPerReplica,
    rate,
    hours,
    coreHours,
    price: run.pricePerCoreHour === null ? null : coreHours * run.pricePerCoreHour,
    memoryGiB: leastMemoryGiB(run.mode, run.coresPerReplica),
    downloadMBps: rate * run.pictureKB / 1000,
    storedGB: run.pictures * run.people * labelStudio.personBytes / 1e9,
    bounds: boundsOf(run, rate)
  }
}

function boundsOf ({ people, tasksPerMinute }: Run, rate: number): Bound[] {
  const perTask = labelStudio.listMsPerTask + Math.max(labelStudio.storeMsPerTask, people * labelStudio.storeMsPerPerson)
  const rates = { 'Label Studio': 1000 / perTask, JOB_PAGES_PER_MINUTE: tasksPerMinute / 60 }
  return Object.entries(rates).map(([what, most]) => ({ what: what as Bound['what'], rate: most, share: rate / most })).sort((a, b) => b.share - a.share)
}

/** Far more than the 256 workers that can be asked for take with the largest networks. */
const mostMemoryGiB = 2048

/** In steps of half a GiB. @throws Error for what fits into no memory */
function leastMemoryGiB (mode: Mode, cores: number): number {
  for (let gibibytes = 0.5; gibibytes <= mostMemoryGiB; gibibytes += 0.5) {
    const plan = planMemory(allDerived, { mode, areOwn: false, isMapped: true, hasCopies: false }, { memoryBytes: gibibytes * 2 ** 30, cores, isContainer: true })
    if (plan.workers === cores && plan.misfit === null) return gibibytes
  }
  throw new Error(`MODE=${mode} with ${cores} workers does not fit into ${mostMemoryGiB} GiB.`)
}
