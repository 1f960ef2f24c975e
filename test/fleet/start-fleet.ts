import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Job } from '../../src/jobs/job.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { makeDeployCertificates } from '../factories/deploy-certificates.ts'
import { lacksNginx, startNginx, type Nginx } from '../factories/nginx.ts'
import { startProjectServer, type ProjectServer } from '../factories/project-server.ts'
import { lacksRedis, startEncryptedRedis, type RedisServer } from '../factories/redis-server.ts'
import { startReplica } from '../factories/replica.ts'
import type { Service } from '../factories/service-process.ts'
import { createFleetClient, type FleetClient } from './fleet-client.ts'
import { mixedPictureSettings, startMixedPictures, type MixedPictures } from './mixed-pictures.ts'

export interface Fleet {
  /** Of nginx, which stands in front of all. */
  url: string
  replicas: Service[]
  nginx: Nginx
  redis: RedisServer
  /** Stands in for Label Studio. */
  studio: ProjectServer
  pictures: MixedPictures
  client: FleetClient
  /** Through nginx, again where a replica that starts, ends or was killed explains the refusal. @throws Error for any other one */
  ask (path: string, body?: object): Promise<Job>
  /** What `ask` has had to ask again, by the reason. */
  retries: Record<string, number>
}

export interface FleetOptions {
  replicas?: number
  /** Tasks of the project, each with a good picture. */
  tasks?: number
  env?: Readonly<Record<string, string>>
  /** Of the script that makes the certificates. */
  certificateEnv?: Record<string, string>
}

const apiToken = 'a-token-for-this-test'

export const lacksFleet = (): string | false => lacksNginx() || lacksRedis()

/**
 * What docker-compose.prod.yml starts, as processes on 127.0.0.1, with the same certificates and the same configuration of nginx: nginx, replicas of the
 * built service with a worker each, Redis. Beside them a stand-in of Label Studio and a server of pictures, in this process. All end with the test.
 */
export async function startFleet (t: Pick<Test, 'teardown'>, { replicas: count = 3, tasks = 0, env = {}, certificateEnv = {} }: FleetOptions = {}): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), 'fleet-test-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  // The processes of nginx run as another user where root starts them.
  await chmod(dir, 0o755)
  await makeDeployCertificates(dir, certificateEnv)
  const client = await createFleetClient(t, dir)
  const pictures = await startMixedPictures(t)
  const redis = await startEncryptedRedis(t, dir)
  const studio = await startProjectServer({ count: tasks, labelConfig: labelConfigPreset('body17'), picture: pictures.goodPicture })
  t.teardown(() => studio.close())
  const settings = {
    ...mixedPictureSettings,
    UV_THREADPOOL_SIZE: '16',
    MALLOC_ARENA_MAX: '2',
    LOG_LEVEL: 'warn',
    API_TOKEN: apiToken,
    IMAGE_ORIGINS: pictures.origin,
    LABEL_STUDIO_URL: studio.url,
    LABEL_STUDIO_API_KEY: '0123456789abcdef',
    REDIS_URL: redis.url,
    JOB_TAKEOVER_S: '5',
    JOB_BATCH_SIZE: '10',
    ...env
  }
  const replicas: Service[] = []
  for (let i = 0; i < count; i++) replicas.push(await startReplica(t, dir, settings))
  const nginx = await startNginx(t, 'balancer', { dir, ports: replicas.map(({ port }) => port) })
  const url = `https://127.0.0.1:${nginx.port}`

  const retries: Record<string, number> = {}
  async function ask (path: string, body?: object): Promise<Job> {
    let last = ''
    const reasons = new Set<string>()
    for (let tries = 0; tries < 600; tries++) {
      const { status, text } = await client.toNginx(`${url}${path}`, { ...(body && { body }), headers: { authorization: `Bearer ${apiToken}` } })
      if (status >= 200 && status < 300) return JSON.parse(text) as Job
      const code = /"code":"POSE_ERR_(\w+)"/.exec(text)?.[1] ?? 'of nginx'
      last = `${status} ${code}`
      // A try that broke off may have begun the job that the next one finds.
      const isOwn = last === '409 JOB_ACTIVE' && reasons.has('502 of nginx')
      if (status !== 502 && status !== 503 && !isOwn) throw new Error(`${path}: ${status} ${text}`)
      reasons.add(last)
      retries[last] = (retries[last] ?? 0) + 1
      await sleep(100)
    }
    throw new Error(`${path}: ${last}, for a minute`)
  }

  return { url, replicas, nginx, redis, studio, pictures, client, ask, retries }
}
