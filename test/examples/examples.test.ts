/** The programs of examples/ against a real service. Their commands stand in examples/README.md and are run by test/docs too. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { buildProgram } from '../factories/build-program.ts'
import { freePort } from '../factories/free-port.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const drawn = (name: string) => `${root}test/fixtures/drawn/${name}`
const figure = drawn('figure-1.jpg')
const lacks = (program: string) => spawnSync(program, ['--version']).error === undefined ? false : `needs ${program}`

const clients = [
  { name: 'Python', command: 'python3', args: ['examples/predict_people.py'], skip: lacks('python3'), manyFiles: true },
  { name: 'TypeScript', command: 'node_modules/.bin/tsx', args: ['examples/predict-people.ts'], skip: false, manyFiles: true },
  { name: 'curl', command: 'sh', args: ['examples/predict-people.sh'], skip: lacks('curl'), manyFiles: false }
] as const

/** @param url of the service */
async function run (command: string, args: readonly string[], url = ''): Promise<{ code: number | null, out: string, err: string }> {
  // Without NODE_OPTIONS: tap has every child report to it.
  const child = spawn('sh', ['-c', 'unset NODE_OPTIONS; exec "$0" "$@"', command, ...args], { cwd: root, env: { PATH: process.env['PATH'], MODE: 'starter', WORKERS: '1', POSE_URL: url }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, err }
}

t.test('clients', async (t) => {
  // One request a second: the second one of every run is refused at first.
  const { app, service } = await buildTestApp(t, { models: false, start: false, env: { MODE: 'starter', RATE_LIMIT_MAX: '1', RATE_LIMIT_WINDOW_S: '1' } })
  const statuses: number[] = []
  app.server.on('request', (_request, response) => {
    response.on('finish', () => {
      statuses.push(response.statusCode)
      // Until the first of them has been refused, the models are not there.
      if (response.statusCode === 503) service.start().catch(() => {})
    })
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const file = join(t.testdir(), 'no-picture.jpg')
  await writeFile(file, 'a text')

  for (const { name, command, args, skip, manyFiles } of clients) {
    await t.test(name, { skip }, async (t) => {
      statuses.length = 0
      const { code, out, err } = await run(command, [...args, figure], url)
      t.equal(code, 0, err)
      t.equal(err, '')
      t.match(out, /people 1\b/)
      t.match(out, /^ +nose +x +\d+\.\d+ .*y +\d+\.\d+/m)
      t.ok(out.split('\n').length > 60, 'a line for each point')
      t.ok(statuses.includes(429) || statuses.includes(503), `refused for now, and asked again: ${statuses.join(', ')}`)

      const broken = await run(command, manyFiles ? [...args, file, figure] : [...args, file], url)
      t.equal(broken.code, 65)
      t.match(broken.err, /POSE_ERR_IMAGE_FORMAT: This picture format is not supported/)
      if (manyFiles) t.match(broken.out, /figure-1\.jpg: people 1/, 'the other one is answered')
    })
  }
})

t.test('clients that are refused', async (t) => {
  const { origin } = await startLocalServer(t, (_request, response) => {
    response.writeHead(422, { 'content-type': 'application/json' }).end(JSON.stringify({ statusCode: 422, code: 'POSE_ERR_LABEL_CONFIG_UNMATCHED', error: 'Unprocessable Entity', message: 'The labelling interface has nothing this model can fill: no points' }))
  })
  const nowhere = `http://127.0.0.1:${await freePort()}`
  for (const { name, command, args, skip } of clients) {
    await t.test(name, { skip }, async (t) => {
      t.match(await run(command, [...args, figure], origin), { code: 1, out: '', err: /POSE_ERR_LABEL_CONFIG_UNMATCHED: The labelling interface has nothing/ })
      t.match(await run(command, [...args, figure], nowhere), { code: 1, out: '', err: /does not answer|connect/i })
      t.match(await run(command, args), { code: 64 })
    })
  }
})

t.test('a data set for YOLO-pose', async (t) => {
  await buildProgram()
  const folder = t.testdir({ photos: {} })
  const names = ['figure-1.jpg', 'figure-2.jpg', 'figure-4.jpg', 'figure-5.jpg', 'empty-1.jpg']
  for (const name of names) await copyFile(drawn(name), join(folder, 'photos', name))
  await cp(drawn('figure-3.jpg'), join(folder, 'photos/day 1/figure 3.jpg'))
  const script = (...args: string[]) => run('node_modules/.bin/tsx', ['examples/folder-to-yolo-pose.ts', ...args])
  const [photos, dataset] = [join(folder, 'photos'), join(folder, 'dataset')]

  const { code, out, err } = await script(photos, dataset, '--val', '0.3')
  t.equal(code, 0, err)
  t.match(out, /dataset: 4 pictures for training, 2 for validation, \d+ people with 133 points each/)

  const data = await readFile(join(dataset, 'data.yaml'), 'utf8')
  t.match(data, /^path: "\/.*dataset"\ntrain: images\/train\nval: images\/val\nnames:\n {2}0: person\nkpt_shape: \[133, 3\]\nflip_idx: \[0, 2, 1, 4, 3,/)
  const flip = JSON.parse(/^flip_idx: (.*)$/m.exec(data)![1]!) as number[]
  t.ok(flip.length === 133 && flip.every((other, index) => flip[other] === index), 'left and right are pairs')

  const filesOf = async (path: string) => (await readdir(join(dataset, path), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }))
  const seen: string[] = []
  let people = 0
  for (const half of ['train', 'val']) {
    const pictures = (await filesOf(`images/${half}`)).map(({ name }) => name)
    const labels = await filesOf(`labels/${half}`)
    seen.push(...pictures)
    t.strictSame(labels.map(({ name }) => name).sort(), pictures.map((name) => name.replace('.jpg', '.txt')).sort(), `${half}: a label for each picture`)
    for (const { path } of labels) {
      for (const line of (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '')) {
        people++
        t.equal(line.split(' ').length, 5 + 133 * 3)
      }
    }
  }
  t.strictSame(seen.sort(), [...names, 'figure 3.jpg'].sort(), 'every picture is on one side')
  t.match(out, ` ${people} people `)

  t.match(await script(photos, dataset), { code: 1, err: /is not empty: name a new folder/ })
  t.match(await script(photos), { code: 64 })
})
