/** The folder of the models has no room for those of MODE. */
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { startLocalServer } from '../factories/local-server.ts'
import { root, startService } from '../factories/service-process.ts'
import { drawnTask } from '../factories/task.ts'
import { mountSmallDisk } from './small-disk.ts'

const disk = await mountSmallDisk(t, 300)

t.test('a full disk in the model folder', { skip: disk === null && 'needs the right to mount a disk (root)', timeout: 120_000 }, async (t) => {
  const mirror = await startLocalServer(t, (_request, response) => { response.end(Buffer.alloc(1_000_000)) })
  const settings = { MODE: 'lightweight', MODEL_DOWNLOAD: 'auto', MODEL_MIRROR: mirror.origin, MODEL_DIR: join(disk!, 'models'), WORKERS: '1' }
  const predict = async (url: string) => await fetch(`${url}/predict`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ tasks: [await drawnTask(1)] }) })

  await t.test('the service goes on with the models that it has, and says so', async (t) => {
    const { url, log } = await startService(t, settings)
    const health = await (await fetch(`${url}/health`)).json()
    t.match(health, { model_loaded: true, mode: 'lightweight', fallback: { mode: 'starter', reason: /the disk is full/ } })
    t.equal((await predict(url)).status, 200)
    t.match(log(), /STARTER MODELS INSTEAD OF MODE=lightweight.*the disk is full/)
  })

  await t.test('without others it refuses pictures with a code', async (t) => {
    const service = await startService(t, { ...settings, MODEL_FALLBACK: 'none' }, 'live')
    let refused = await predict(service.url)
    for (let tries = 0; tries < 100 && (await refused.clone().json() as { code: string }).code === 'POSE_ERR_MODEL_DOWNLOADING'; tries++) {
      await sleep(100)
      refused = await predict(service.url)
    }
    t.equal(refused.status, 503)
    t.match(await refused.json(), { code: 'POSE_ERR_MODEL_MISSING', message: /the disk is full/ })
  })

  await t.test('models pull ends with the reason', async (t) => {
    const pulling = promisify(execFile)(process.execPath, ['dist/src/cli.js', 'models', 'pull', 'lightweight'], { cwd: root, env: { PATH: process.env['PATH'], ...settings } })
    await t.rejects(pulling, { code: 1, stderr: /the disk is full/ })
  })
  t.ok(mirror.requests.length > 0)
  t.same((await readdir(join(disk!, 'models'))).filter((name) => name.endsWith('.onnx')), [], 'half a file is not taken for a model')
})
