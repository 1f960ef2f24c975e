import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { writeTestModels } from '../factories/onnx-model.ts'
import { program } from '../factories/program.ts'

t.test('the runtime keeps no identifier and no events to report', async (t) => {
  const dir = t.testdir({ home: {}, temporary: {}, models: {} })
  const models = join(dir, 'models')
  const { detectorEntry, poseEntry } = await writeTestModels(models)
  await writeFile(join(models, 'detector.json'), JSON.stringify(detectorEntry))
  await writeFile(join(models, 'pose.json'), JSON.stringify(poseEntry))

  // CI switches the reports off too, and so does the environment of these tests: the child has neither.
  const child = spawn(process.execPath, program('src/server'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], HOME: join(dir, 'home'), TMPDIR: join(dir, 'temporary'), PORT: '0', WORKERS: '1', DETECTOR_MODEL: join(models, 'detector.json'), POSE_MODEL: join(models, 'pose.json') }
  })
  t.teardown(() => { child.kill('SIGKILL') })
  let ready = false
  for await (const line of createInterface(child.stdout)) {
    if (!/"msg":"Listening on .* model rtmlib-/.test(line)) continue
    ready = true
    child.kill('SIGTERM')
  }
  if (child.exitCode === null) await once(child, 'exit')
  t.ok(ready, 'the networks were loaded')
  t.equal(child.exitCode, 0)

  // tsx keeps compiled files there too: only what the runtime leaves is looked for.
  const left = readdirSync(dir, { recursive: true }).map(String)
  t.strictSame(left.filter((path) => /onnxruntime|deviceid|mat-debug/i.test(path)), [])
})
