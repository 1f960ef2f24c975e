/** The parts of docker-compose.prod.yml as processes of this machine: every connection between two of them is encrypted. */
import { readFile, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Job } from '../../src/jobs/job.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { makeDeployCertificates } from '../factories/deploy-certificates.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { lacksNginx, startNginx } from '../factories/nginx.ts'
import { startProjectServer } from '../factories/project-server.ts'
import { lacksRedis, startEncryptedRedis } from '../factories/redis-server.ts'
import { startReplica } from '../factories/replica.ts'

const skip = lacksNginx() || lacksRedis()
const token = 'a-secret-of-the-test'

async function createCaller (dir: string, port: number) {
  const ca = await readFile(join(dir, 'certificates/trust/authority.pem'))
  return async <T>(path: string, body?: object): Promise<T> => await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, ca, servername: 'ml-backend.internal', method: body ? 'POST' : 'GET', agent: false, headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => {
        if (response.statusCode! >= 300) reject(new Error(`${response.statusCode}: ${text}`))
        else resolve(JSON.parse(text) as T)
      })
    }).on('error', reject).end(body && JSON.stringify(body))
  })
}

t.test('a job: caller, balancer, replica, Redis, Label Studio', { skip }, async (t) => {
  const dir = t.testdir({})
  await makeDeployCertificates(dir)
  const redis = await startEncryptedRedis(t, dir, { lookSeconds: 1 })
  const picture = `data:image/jpeg;base64,${Buffer.from(await drawPicture({ figures: [0.5], format: 'jpeg' })).toString('base64')}`
  const studio = await startProjectServer({ count: 12, labelConfig: labelConfigPreset('body17'), picture: () => picture })
  t.teardown(() => studio.close())
  const front = await startNginx(t, 'label-studio', { dir, ports: [Number(new URL(studio.url).port)] })
  const settings = { API_TOKEN: token, JOB_BATCH_SIZE: '5', REDIS_URL: redis.url, LABEL_STUDIO_URL: `https://localhost:${front.port}`, LABEL_STUDIO_API_KEY: '0123456789abcdef' }
  const replica = await startReplica(t, dir, settings)
  const balancer = await startNginx(t, 'balancer', { dir, ports: [replica.port] })
  const call = await createCaller(dir, balancer.port)

  async function done (): Promise<Job> {
    const { id } = await call<Job>('/jobs', { project: 1 })
    for (let tries = 0; tries < 600; tries++) {
      const job = await call<Job>(`/jobs/${id}`)
      if (job.ended_at !== null) return job
      await sleep(100)
    }
    throw new Error(`the job did not end: ${replica.log()}`)
  }
  t.match(await done(), { state: 'done', total: 12, done: 12, failed: 0 })
  t.equal(studio.predictions.length, 12)
  t.ok((await front.log()).some(({ path }) => path.startsWith('/api/')), 'Label Studio was asked through its front')

  await rm(join(dir, 'certificates/redis/certificate.pem'))
  t.match(await makeDeployCertificates(dir), /redis: made/)
  await sleep(2000)
  studio.reset({ count: 3, labelConfig: labelConfigPreset('body17'), picture: () => picture })
  t.match(await done(), { state: 'done', total: 3, done: 3 }, 'also after the certificate of Redis was renewed')
  t.notMatch(replica.log(), /Redis|"level":50/)
  t.notMatch(replica.log(), new URL(redis.url).password, 'the password of Redis is in no log line')
})

t.test('without the authority nothing is told to Redis or Label Studio', { skip }, async (t) => {
  const dir = t.testdir({})
  await makeDeployCertificates(dir)
  const redis = await startEncryptedRedis(t, dir)
  const studio = await startProjectServer({ count: 1, labelConfig: labelConfigPreset('body17'), picture: () => '' })
  t.teardown(() => studio.close())
  const front = await startNginx(t, 'label-studio', { dir, ports: [Number(new URL(studio.url).port)] })
  const settings = { API_TOKEN: token, JOB_BATCH_SIZE: '5', REDIS_URL: redis.url, LABEL_STUDIO_URL: `https://localhost:${front.port}`, LABEL_STUDIO_API_KEY: '0123456789abcdef' }
  const [blind, misled] = await Promise.all([
    startReplica(t, dir, { ...settings, NODE_EXTRA_CA_CERTS: '' }),
    // The name is not that of the certificate.
    startReplica(t, dir, { ...settings, REDIS_URL: redis.url.replace('localhost', '127.0.0.1') })
  ])
  const { port } = await startNginx(t, 'balancer', { dir, ports: [blind.port, misled.port] })
  const call = await createCaller(dir, port)
  await Promise.all([1, 2].map(() => t.rejects(call('/jobs', { project: 1 }), { message: /POSE_ERR_(JOBS_REDIS|LABEL_STUDIO_UNREACHABLE)/ })))
  for (const [replica, code] of [[blind, 'SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE'], [misled, 'ERR_TLS_CERT_ALTNAME_INVALID']] as const) {
    for (let tries = 0; tries < 100 && !/certificate of Redis/.test(replica.log()); tries++) await sleep(50)
    t.match(replica.log(), new RegExp(`the certificate of Redis is not trusted \\((${code})\\), name the file of its authority in NODE_EXTRA_CA_CERTS`))
  }
  t.strictSame(studio.calls.filter((call) => call.includes('/import/predictions')), [])
})
