/** A picture that ends the whole process of whoever fetches it: real processes over a real Redis, each killed the moment it asks for the picture. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Job } from '../../src/jobs/job.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { program } from '../factories/program.ts'
import { startProjectServer } from '../factories/project-server.ts'
import { lacksRedis, startRedis } from '../factories/redis-server.ts'

const killer = 17
const count = 30

t.test('a picture that ends every replica becomes a named failure, and costs the others nothing', { skip: lacksRedis(), timeout: 240_000 }, async (t) => {
  let replica: ChildProcess | null = null
  let address = ''
  let kills = 0
  let isOver = false
  const picture = await drawPicture({ format: 'jpeg' })
  const pictures = await startLocalServer(t, (request, response) => {
    if (request.url !== `/${killer}.jpg`) {
      response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture)
      return
    }
    kills++
    replica?.kill('SIGKILL')
  })
  const redis = await startRedis(t)
  const studio = await startProjectServer({ count, labelConfig: labelConfigPreset('body17'), picture: (task) => `${pictures.origin}/${task}.jpg` })
  t.teardown(() => studio.close())
  t.teardown(async () => {
    isOver = true
    replica?.kill('SIGTERM')
    if (replica !== null && replica.exitCode === null && replica.signalCode === null) await once(replica, 'exit')
  })

  /** One at a time, again and again, as a container that is restarted. */
  function startReplica (): void {
    if (isOver) return
    const child = spawn(process.execPath, program('src/server'), {
      env: {
        PATH: process.env['PATH'],
        HOME: tmpdir(),
        PORT: '0',
        MODE: 'starter',
        WORKERS: '1',
        MODEL_DOWNLOAD: 'never',
        IMAGE_ORIGINS: pictures.origin,
        LABEL_STUDIO_URL: studio.url,
        LABEL_STUDIO_API_KEY: '0123456789abcdef',
        REDIS_URL: redis.url,
        JOB_BATCH_SIZE: '10',
        JOB_TAKEOVER_S: '1',
        JOB_PAGES_PER_MINUTE: '60000'
      },
      stdio: ['ignore', 'pipe', 'inherit']
    })
    child.stdout.on('data', (chunk: Buffer) => { address = /Server listening at (http:\/\/127\.0\.0\.1:\d+)/.exec(String(chunk))?.[1] ?? address })
    child.once('exit', startReplica)
    replica = child
  }

  async function ask (path: string, body?: object): Promise<Job> {
    for (let tries = 0; tries < 900; tries++) {
      const answer = await fetch(`${address}${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => null)
      if (answer?.ok) return await answer.json() as Job
      await sleep(200)
    }
    throw new Error(`nobody answers ${path}`)
  }

  startReplica()
  let job = await ask('/jobs', { project: 1 })
  while (job.ended_at === null) {
    await sleep(200)
    job = await ask(`/jobs/${job.id}`)
  }
  t.match(job, { state: 'done', done: count - 1, failed: 1, failures: [{ task: killer, code: 'POSE_ERR_WORKER_DIED' }] })
  t.same(studio.predictions.map(({ task }) => task).sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i + 1).filter((task) => task !== killer))
  t.equal(kills, 4, 'twice with its page, twice alone')
})
