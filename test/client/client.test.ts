/**
 * A client generated from /openapi.json is type-checked and used. The generator asks for TypeScript 5 and the project has 6,
 * so both stand apart: `npm ci --prefix test/client`.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { tsImport } from 'tsx/esm/api'
import { drawPicture } from '../factories/drawn-picture.ts'
import { toDataUri } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('./', import.meta.url))
const tool = (path: string): string => `${folder}node_modules/${path}`
const skip = existsSync(tool('openapi-typescript/bin/cli.js')) ? false : 'needs the generator: npm ci --prefix test/client'

t.test('a client generated from the OpenAPI document', { skip }, async (t) => {
  const { app } = await buildTestApp(t)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  await mkdir(`${folder}generated`, { recursive: true })
  const types = `${folder}generated/openapi.d.ts`
  const document = `${folder}generated/openapi.json`
  await writeFile(document, await (await fetch(`${url}/openapi.json`)).text())
  await run(process.execPath, [tool('openapi-typescript/bin/cli.js'), document, '--output', types, '--immutable=false'])

  await t.test('has the types it is used with, here and in examples/', async (t) => {
    const { stdout } = await run(process.execPath, [tool('typescript/bin/tsc'), '-p', folder]).catch((error: { stdout: string }) => error)
    t.equal(stdout, '')
  })

  await t.test('gets what its types promise', async (t) => {
    // By an address of its own: TypeScript 6 must not follow it to the generated types.
    const { useService } = await tsImport('./use-service.ts', import.meta.url)
    const picture = toDataUri(await drawPicture())
    const used = await useService(url, [picture, 'ftp://example.org/a.jpg'])
    t.equal(used.modelLoaded, true)
    t.match(used.modelVersion, /^rtmlib-custom@[0-9a-f]{8}$/)
    t.match(used.results, [{ points: Number, boxes: Number, modelVersion: used.modelVersion }, { error: /not supported/, code: 'POSE_ERR_SOURCE_UNSUPPORTED' }])
    t.ok((used.results[0] as { points: number }).points > 0, 'the drawn person has points')
    t.match(used.labelConfig, /^<View[^]*keypointlabels/i)
    t.match(used.refusal, { status: 400, code: 'POSE_ERR_REQUEST_INVALID', message: /tasks/, requestId: /./ })
    t.same(used.quality, { created: 0, hasReport: false, missing: { status: 409, code: 'POSE_ERR_JOBS_UNAVAILABLE' } })
    t.match(used.unknownPreset, { status: 400, code: 'POSE_ERR_REQUEST_INVALID' })
  })
})
