import { costOfMode } from '../../models/measured-costs.ts'
import type { Bound, Run, RunEstimate } from '../sizing/estimate-run.ts'
import { describeDuration } from './describe-duration.ts'

/** What `sizing` prints. @param figures where the time of a picture comes from */
export function renderRun (run: Run, estimate: RunEstimate, figures: string): string[] {
  const { measured, isUpperBound } = costOfMode(run.mode)
  const { replicas, workersPerReplica: workers, bounds } = estimate
  const waiting = bounds.filter(({ share }) => share > 1)
  return [
    `${count(run.pictures)} pictures, ${Number(run.people.toFixed(1))} people each, MODE=${run.mode}, within ${describeDuration(run.hours * 3_600_000)}`,
    `  processor time of a picture  ${Math.round(estimate.msPerPicture)} ms (${figures}${run.msPerPicture === null && isUpperBound ? `; ${measured === run.mode ? 'with a larger pose network than its own' : `${run.mode} was not measured, ${measured} stands in`}, so it may take less` : ''})`,
    `  replicas                     ${count(replicas)} of ${workers} ${workers === 1 ? 'core' : 'cores'} and ${workers} ${workers === 1 ? 'worker' : 'workers'}: ${estimate.rate.toPrecision(3)} pictures/s together`,
    `  memory of a replica          ${estimate.memoryGiB} GiB or more`,
    `  done in                      ${describeDuration(estimate.hours * 3_600_000)}, ${count(Math.ceil(estimate.coreHours))} core-hours${estimate.price === null ? '' : `, ${count(Math.ceil(estimate.price))} at ${run.pricePerCoreHour} a core-hour`}`,
    `  pictures fetched             ${estimate.downloadMBps.toPrecision(2)} MB/s at ${run.pictureKB} KB each`,
    `  predictions stored           ${count(Number(estimate.storedGB.toPrecision(2)))} GB of JSON in the database of Label Studio (133 points)`,
    ...bounds.map((bound) => `  ${bound.what.padEnd(28)} ${Math.round(bound.share * 100)} % of the ${Math.round(bound.rate)} tasks/s that ${origin(bound)}`),
    `What limits next: ${waiting.length === 0 ? `nothing around the service; ${bounds[0]!.what} comes first, at ${Math.floor(replicas / bounds[0]!.share)} replicas.` : `${bounds[0]!.what}: ${remedy(bounds[0]!)} At its rate all of it takes ${describeDuration(run.pictures / bounds[0]!.rate * 1000)}.`}`
  ]
}

function origin ({ what }: Bound): string {
  return what === 'Label Studio' ? 'were measured with SQLite on 2 cores' : 'jobs may write, with JOB_BATCH_SIZE'
}

function remedy ({ what }: Bound): string {
  return what === 'Label Studio'
    ? 'measure yours (PostgreSQL, more processes, several instances), or write the predictions to files with `predict` and import them.'
    : 'raise it as far as Label Studio bears.'
}

function count (value: number): string {
  return value.toLocaleString('en-US')
}
