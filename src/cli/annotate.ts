import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig, type Config } from '../config.ts'
import { createLog } from '../create-log.ts'
import { isPoseError } from '../errors.ts'
import { rejectOnAbort } from '../inference/reject-on-abort.ts'
import type { JobEngine } from '../jobs/job-engine.ts'
import { mostIds, toJobRequest, type JobRequestBody } from '../jobs/job-request.ts'
import type { Job } from '../jobs/job.ts'
import { countOpenTasks } from '../jobs/open-tasks.ts'
import { countSelectedTasks } from '../label-studio/client/selected-tasks.ts'
import { createPoseService } from '../prediction/create-pose-service.ts'
import { CliError, EXIT_INTERRUPTED, EXIT_PROBLEMS, type Command, type Terminal } from './command.ts'
import { fallbackNote } from './fallback-note.ts'
import { openLabelStudio } from './open-label-studio.ts'
import { parseOptions } from './parse-options.ts'
import { createProgressLine } from './progress-line.ts'
import { readFilter } from './read-filter.ts'
import { readIds } from './read-ids.ts'
import { readLogin } from './read-login.ts'
import { readProject } from './read-project.ts'
import { untilStopped } from './until-stopped.ts'

const lookMs = 500
/** Failures that are printed; more stand in no one's screen. */
const shownFailures = 20

/** A job in this process, or with REDIS_URL one that all replicas share and this process takes part in. */
export const annotate: Command = {
  usage: '--project N [--url address of Label Studio] [--token token] [--all] [--ids 1,2,7-9] [--filter file.json] [--limit N] [--boxes detector|annotations] [--replace] [--batch-size N] [--dry-run] [--json]',
  summary: 'Gives all tasks of a project their predictions. Ctrl-C stops it, the same command goes on; exit code 65 when some tasks could not have one.',
  async run (args, terminal) {
    const { request, dryRun, json, login } = await readArguments(args)
    const given = loadConfig()
    const { url, token } = readLogin(login, given)
    const config: Config = { ...given, labelStudioUrl: url, labelStudioApiKey: token }
    if (dryRun) return await showWork(config, request, terminal)
    return await runJob(config, request, json, terminal)
  }
}

async function runJob (config: Config, request: JobRequestBody, json: boolean, terminal: Terminal): Promise<number> {
  const service = createPoseService(config, createLog(config.logLevel === 'info' ? 'error' : config.logLevel, 'stderr'))
  const progress = createProgressLine(terminal, { unit: 'tasks' })
  try {
    return await untilStopped(terminal, async (signal) => {
      await rejectOnAbort(service.start(), signal, 'while the models were loaded')
      announceModel(service.health(), terminal)
      const jobs = await service.jobs()
      const id = await createOrJoin(jobs, request, signal, terminal)
      let job = await jobs.read(id)
      for (; job.ended_at === null && !signal.aborted; job = await jobs.read(id)) {
        progress.update({ done: job.done + job.failed, total: job.total, failed: job.failed, people: job.people })
        await sleep(lookMs, undefined, { signal }).catch(() => {})
      }
      progress.end()
      if (job.ended_at === null) job = await leave(jobs, job, config, terminal)
      if (json) terminal.print(JSON.stringify(job, null, 2))
      else showEnd(job, terminal)
      return exitCode(job)
    }, 'Stopped. The same command goes on from here.')
  } finally {
    progress.end()
    service.beginClose()
    await service.close()
  }
}

/** A job that is shared over Redis may still be there from the last call. */
async function createOrJoin (jobs: JobEngine, request: JobRequestBody, signal: AbortSignal, terminal: Terminal): Promise<string> {
  try {
    return (await jobs.create(request, signal)).id
  } catch (error) {
    if (!isPoseError(error) || error.errorName !== 'JOB_ACTIVE') throw error
    const active = (await jobs.list()).find(({ project, ended_at: endedAt }) => project === request.project && endedAt === null)
    if (active === undefined) throw error
    terminal.note(`Joining job ${active.id}, which is not at an end yet; what else was asked for is for a job of its own.`)
    return active.id
  }
}

/** With Redis the job goes on in the other replicas, or waits for one; without, it ends here and the next one finds what is left. */
async function leave (jobs: JobEngine, job: Job, config: Config, terminal: Terminal): Promise<Job> {
  terminal.note('Stopping: pictures in hand are finished and written.')
  if (config.redisUrl !== null) return job
  await jobs.cancel(job.id).catch(() => {})
  // Written meanwhile.
  await jobs.close()
  return await jobs.read(job.id)
}

function announceModel ({ mode, model_version: version, fallback, reason, warnings }: ReturnType<ReturnType<typeof createPoseService>['health']>, terminal: Terminal): void {
  if (version !== null) terminal.note(`Model ${version}.`)
  if (fallback !== null) terminal.note(fallbackNote(mode, fallback.reason))
  if (reason !== null) terminal.note(reason)
  for (const warning of warnings) terminal.note(warning)
}

function showEnd (job: Job, terminal: Terminal): void {
  const tasks = `${job.done} of ${job.total} tasks have a prediction, ${job.people} people found`
  const isPart = job.state !== 'done'
  terminal.print(`${isPart ? `The job is ${job.state}: ` : ''}${tasks}${job.failed === 0 ? '.' : `, ${job.failed} failed.`}`)
  if (job.reason !== null) terminal.note(job.reason)
  for (const { task, message } of job.failures.slice(0, shownFailures)) terminal.note(`Task ${task}: ${message}`)
  if (job.failed > shownFailures) terminal.note(`And ${job.failed - Math.min(shownFailures, job.failures.length)} more failed; --json lists the first ${job.failures.length}.`)
  if (isPart) terminal.note('The same command goes on with what is left.')
}

function exitCode ({ state, failed }: Job): number {
  if (state === 'failed') return 1
  if (state !== 'done') return EXIT_INTERRUPTED
  return failed > 0 ? EXIT_PROBLEMS : 0
}

/** What a job would do, without loading a model: so the version is that of the running settings only as far as files tell. */
async function showWork (config: Config, request: JobRequestBody, terminal: Terminal): Promise<number> {
  const service = createPoseService({ ...config, preload: false }, createLog('silent', 'stderr'))
  const { client } = openLabelStudio({}, config)
  try {
    const version = await service.modelVersion(AbortSignal.timeout(60_000))
    const { project, limit } = request
    const all = await countSelectedTasks(client, project, {})
    const open = await countOpenTasks(client, { request: toJobRequest(request, config.jobBatchSize), modelVersion: version, only: null })
    terminal.print(`Project ${project} has ${all} tasks. A job would give ${Math.min(open, limit ?? open)} of them a prediction of ${version}.`)
    return 0
  } finally {
    service.beginClose()
    await service.close()
    await client.close()
  }
}

interface AnnotateArguments {
  request: JobRequestBody
  dryRun: boolean
  json: boolean
  login: { url: string | undefined, token: string | undefined }
}

/** @throws CliError */
async function readArguments (args: readonly string[]): Promise<AnnotateArguments> {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const values = parseOptions(args, { project: text, url: text, token: text, all: flag, ids: text, filter: text, limit: text, boxes: text, replace: flag, 'batch-size': text, 'dry-run': flag, json: flag }, '"annotate": ')
  const { boxes } = values
  if (boxes !== undefined && boxes !== 'detector' && boxes !== 'annotations') throw new CliError('--boxes takes detector or annotations.')
  const [limit, size] = [readCount('limit', values.limit, 999_999_999), readCount('batch-size', values['batch-size'], 250)]
  if (values.project === undefined) throw new CliError('--project is missing: the number in the project\'s address in Label Studio.')
  return {
    request: {
      project: readProject(values.project),
      tasks: values.all ? 'all' : 'unpredicted',
      replace: values.replace,
      ...(values.ids !== undefined && { ids: readIds(values.ids, mostIds) }),
      ...(values.filter !== undefined && { filter: await readFilter(values.filter) }),
      ...(limit !== null && { limit }),
      ...(size !== null && { batch_size: size }),
      ...(boxes !== undefined && { boxes })
    },
    dryRun: values['dry-run'],
    json: values.json,
    login: { url: values.url, token: values.token }
  }
}

function readCount (option: string, value: string | undefined, most: number): number | null {
  if (value === undefined) return null
  const count = /^[1-9]\d{0,14}$/.test(value) ? Number(value) : 0
  if (count === 0 || count > most) throw new CliError(`--${option} takes a number from 1 to ${most}.`)
  return count
}
