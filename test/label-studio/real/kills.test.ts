/**
 * A job of two replicas over Redis, of which everything is killed at random moments: replicas, Redis, Label Studio.
 * A few kills here; `make test-kills` is the long form (KILLS, KILL_TASKS, KILL_SEED).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Job } from '../../../src/jobs/job.ts'
import { createProject } from '../../../src/label-studio/client/projects.ts'
import { labelConfigPreset } from '../../../src/label-studio/label-config-preset.ts'
import { lacksRedis, startRedis } from '../../factories/redis-server.ts'
import { createSeededRandom } from '../../factories/seeded-random.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { nanoModels } from './nano-models.ts'
import { readPredictions, uploadPictures } from './project.ts'
import { root, startService } from './service.ts'

const wantedKills = Number(process.env['KILLS'] ?? 5)
const count = Number(process.env['KILL_TASKS'] ?? 60)
const seed = Number(process.env['KILL_SEED'] ?? 1 + Math.floor(Math.random() * 1e6))
/** Label Studio stores 100 pictures of one request at a time without trouble. */
const uploadAtOnce = 50
const pageSize = 10

t.test('kills at random moments', { skip: lacksLabelStudio() || lacksRedis(), timeout: 1_800_000 }, async (t) => {
  const random = createSeededRandom(seed)
  const redis = await startRedis(t)
  const studio = await startLabelStudio(t)
  // Half of the pages in a minute, the others after it, or it would be through before the kills.
  const settings = {
    ...nanoModels,
    LABEL_STUDIO_URL: studio.url,
    LABEL_STUDIO_API_KEY: studio.pat,
    REDIS_URL: redis.url,
    WORKERS: '1',
    JOB_TAKEOVER_S: '5',
    JOB_BATCH_SIZE: String(pageSize),
    JOB_PAGES_PER_MINUTE: String(Math.ceil(count / pageSize / 2))
  }
  const replicas = [await startService(t, settings), await startService(t, settings)]
  const { id: project } = await createProject(studio.client, { title: 'Kills', label_config: labelConfigPreset('body17') })
  const figures = await Promise.all([1, 2, 3].map(async (number) => new Uint8Array(await readFile(join(root, `test/fixtures/drawn/figure-${number}.jpg`)))))
  const tasks: number[] = []
  for (let first = 0; first < count; first += uploadAtOnce) {
    const files = Array.from({ length: Math.min(uploadAtOnce, count - first) }, (_, i) => ({ name: `${first + i}.jpg`, bytes: figures[i % 3]! }))
    tasks.push(...await uploadPictures(studio, project, files))
  }

  /** Asks whichever replica answers. */
  async function ask (path: string, body?: object): Promise<Job> {
    for (let tries = 0; tries < 600; tries++) {
      const { url } = replicas[tries % replicas.length]!
      const answer = await fetch(`${url}${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => null)
      if (answer?.ok) return await answer.json() as Job
      await sleep(100)
    }
    throw new Error(`nobody answers ${path}`)
  }

  const kills: string[] = []
  const targets = [
    ...replicas.map((replica, i) => ({ name: `replica ${i + 1}`, async kill () { await replica.kill(); await sleep(random() * 2000); await replica.start() } })),
    { name: 'Redis', async kill () { await redis.stop('SIGKILL'); await sleep(random() * 2000); await redis.start() } },
    { name: 'Label Studio', async kill () { await studio.kill(); await sleep(random() * 2000); await studio.start() } }
  ]
  const { id } = await ask('/jobs', { project })
  const started = performance.now()
  let job = await ask(`/jobs/${id}`)
  while (job.ended_at === null || kills.length < wantedKills) {
    if (job.ended_at !== null) {
      // Faster than the kills: everything is done again, and old predictions go.
      t.comment(`through after ${kills.length} kills, once more`)
      t.match(job, { state: 'done', done: count, failed: 0 })
      job = await ask('/jobs', { project, tasks: 'all' })
    }
    await sleep(500 + random() * 2500)
    if (kills.length < wantedKills) {
      const target = targets[Math.floor(random() * targets.length)]!
      kills.push(target.name)
      await target.kill()
    }
    job = await ask(`/jobs/${job.id}`)
  }
  t.match(job, { state: 'done', total: count, done: count, failed: 0 }, JSON.stringify({ reason: job.reason, failures: job.failures }))
  const predictions = await readPredictions(studio.client, { project })
  const predicted = predictions.map(({ task }) => task).sort((a, b) => a - b)
  t.same(predicted, [...tasks].sort((a, b) => a - b), 'one prediction for each task')
  t.ok(predictions.every(({ result, model_version: version }) => result.length > 0 && version === job.model_version))
  const doubles = replicas.map((replica) => [...replica.log().matchAll(/"doubles":(\d+)/g)].reduce((sum, [, number]) => sum + Number(number), 0))
  t.comment(`seed ${seed}: ${count} tasks, ${kills.length} kills in ${Math.round((performance.now() - started) / 1000)} s (${kills.join(', ')}); ${doubles.join(' + ')} doubles were found and removed by the job itself`)
})
