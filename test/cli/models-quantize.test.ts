import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Tensor } from 'onnxruntime-node'
import t, { type Test } from 'tap'
import { runCli } from '../../src/cli/run-cli.ts'
import type { QuantizedCopy } from '../../src/model-store/quantized-copy.ts'
import { sha256File } from '../../src/model-store/sha256-file.ts'
import { prepareQuantizer, type Recipe } from '../../src/quantization/prepare-quantizer.ts'
import { createSession } from '../../workers/session/create-session.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { program } from '../factories/program.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'

/** Test models in use, and pictures of drawn figures. */
async function prepare (t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'quantize-'))
  const { detectorEntry, poseEntry } = await writeTestModels(dir)
  await Promise.all([
    writeFile(join(dir, 'detector.json'), JSON.stringify(detectorEntry)),
    writeFile(join(dir, 'pose.json'), JSON.stringify(poseEntry)),
    mkdir(join(dir, 'pictures')),
    mkdir(join(dir, 'empty'))
  ])
  for (const [index, left] of [0.05, 0.3, 0.6].entries()) await writeFile(join(dir, 'pictures', `${index}.jpg`), await drawPicture({ figures: [left] }))
  await writeFile(join(dir, 'pictures', 'broken.jpg'), 'no picture')
  const env = { MODEL_DIR: join(dir, 'models'), DETECTOR_MODEL: join(dir, 'detector.json'), POSE_MODEL: join(dir, 'pose.json') }
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, env)
  t.teardown(async () => {
    for (const [name, value] of before) if (value === undefined) delete process.env[name]; else process.env[name] = value
    await rm(dir, { recursive: true, force: true })
  })
  const lines: string[] = []
  const notes: string[] = []
  const terminal = { columns: 0, hasColours: false, print: (line: string) => { lines.push(line) }, note: (line: string) => { notes.push(line) }, progress: () => {} }
  return { dir, lines, notes, quantize: (...args: string[]) => runCli(['models', 'quantize', ...args], terminal) }
}

t.test('a wrong use is explained before anything is made', async (t) => {
  const { dir, notes, quantize } = await prepare(t)
  const cases: Array<[string[], RegExp]> = [
    [[], /--pictures <folder> is missing/],
    [['--pictures', join(dir, 'nowhere')], /is no folder/],
    [['--pictures', join(dir, 'empty')], /no picture in/],
    [['--pictures', dir, '--only', 'face'], /detector or pose/],
    [['--pictures', dir, '--least-oks', '2'], /--least-oks 2 is not valid/],
    [['--pictures', dir, '--colour'], /Unknown option '--colour'/],
    [['--pictures', join(dir, 'pictures'), '--python', join(dir, 'no-python')], /needs Python/]
  ]
  for (const [args, sentence] of cases) {
    t.equal(await quantize(...args), 64, args.join(' '))
    t.match(notes.at(-1), sentence)
  }
})

t.test('a stop leaves no recordings, and one run works in the folder at a time', { timeout: 120_000 }, async (t) => {
  const { dir } = await prepare(t)
  const folder = join(dir, 'models/int8')
  const left = join(folder, 'work-killed')
  await mkdir(left, { recursive: true })
  // The packages are not needed before the pictures are recorded. In the place of Python a program that takes as long as one likes.
  const requirements = await readFile(new URL('../../models/quantization/requirements.txt', import.meta.url))
  const environment = join(folder, `python-${createHash('sha256').update(requirements).digest('hex').slice(0, 8)}`)
  const python = join(environment, 'bin/python')
  await mkdir(join(environment, 'bin'), { recursive: true })
  await writeFile(join(environment, 'complete'), '')
  await writeFile(python, `#!/bin/sh\necho $$ > ${dir}/pid\nexec sleep 100\n`)
  await chmod(python, 0o755)
  const works = async () => (await readdir(folder)).filter((name) => name.startsWith('work-'))
  const start = (pictures: string) => {
    const child = spawn(process.execPath, [...program('src/cli'), 'models', 'quantize', '--pictures', pictures, '--most', '10000'], { env: process.env })
    const output = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
    t.teardown(() => child.kill('SIGKILL'))
    return { child, output }
  }

  await t.test('while it quantises', async (t) => {
    const { child, output } = start(join(dir, 'pictures'))
    let pid = ''
    while (pid === '' && child.exitCode === null) {
      await sleep(20)
      pid = await readFile(join(dir, 'pid'), 'utf8').catch(() => '')
    }
    const [own, ...others] = await works()
    t.ok(own !== undefined && own !== 'work-killed' && others.length === 0, 'what a run that was killed has left is gone')

    const second = start(join(dir, 'pictures'))
    let told = ''
    second.child.stderr.on('data', (chunk: Buffer) => { told += chunk.toString() })
    while (!told.includes('waiting for its end') && second.child.exitCode === null) await sleep(20)
    second.child.kill('SIGINT')
    t.match(await second.output, ['', /Another run works in .*int8: waiting for its end\.\n[^]*Stopped\. /, [130, null]])
    t.same(await works(), [own], 'the recordings of the first are left alone')

    child.kill('SIGTERM')
    t.match(await output, ['', /Stopping\..*\nStopped\. Copies that were kept before stay\.\n$/, [130, null]])
    t.throws(() => process.kill(Number(pid), 0), { code: 'ESRCH' }, 'the program that quantises has ended')
    t.same(await works(), [])
  })

  await t.test('while it records', async (t) => {
    const many = join(dir, 'many')
    await mkdir(many)
    const picture = await readFile(join(dir, 'pictures/0.jpg'))
    await Promise.all(Array.from({ length: 400 }, (_, index) => writeFile(join(many, `${index}.jpg`), picture)))
    const { child, output } = start(many)
    const recorded = async () => (await readdir(join(folder, (await works())[0] ?? 'nothing', 'inputs')).catch(() => [])).length
    while (await recorded() === 0 && child.exitCode === null) await sleep(20)
    child.kill('SIGINT')
    t.match(await output, ['', /Stopped\. /, [130, null]])
    t.same(await works(), [])
  })
})

t.test('copies are made, compared and kept', { skip: process.env['CI'] ? false : 'installs Python packages: runs with CI=true' }, async (t) => {
  const { dir, lines, notes, quantize } = await prepare(t)
  // Random weights agree with nothing for long, and tiny networks gain no time: what counts here is that both are measured.
  const code = await quantize('--pictures', join(dir, 'pictures'), '--least-oks', '0', '--least-gain', '0')
  if (code === 64 && /needs Python|could not be installed/.test(notes.at(-1) ?? '')) {
    t.pass('no Python environment', { skip: notes.at(-1)! })
    return
  }
  t.equal(code, 0, notes.join('\n'))
  t.match(lines, [/^detector: kept, .* OKS \d\.\d+ against fp32 over 3 people/, /^pose: kept, .* OKS \d\.\d+ against fp32 over 3 people/])
  t.ok(notes.some((note) => /Left out .*broken\.jpg/.test(note)), 'an unreadable picture costs only itself')

  const files = (await readdir(join(dir, 'models/int8'))).filter((name) => !name.startsWith('python-'))
  t.equal(files.length, 4, files.join(', '))
  const facts = await Promise.all(files.filter((name) => name.endsWith('.json')).map(async (name) => JSON.parse(await readFile(join(dir, 'models/int8', name), 'utf8')) as QuantizedCopy))
  const pose = facts.find(({ role }) => role === 'pose')!
  t.ok(pose.oks > 0.3 && pose.pictures === 3 && pose.copy !== null && pose.timesFaster > 0, JSON.stringify(pose))

  await t.test('weights of each kind make the same network', async (t) => {
    const model = fileURLToPath(new URL('../../models/starter/pose.onnx', import.meta.url))
    const random = createSeededRandom(1)
    const inputs = [0, 1].map(() => new Tensor('float32', Float32Array.from({ length: 3 * 256 * 192 }, () => random() * 2 - 1), [1, 3, 256, 192]))
    const tensors = join(dir, 'tensors')
    await mkdir(tensors)
    for (const [index, { data, dims }] of inputs.entries()) {
      await writeFile(join(tensors, `pose-${index}.f32`), new Uint8Array((data as Float32Array).buffer))
      await writeFile(join(tensors, `pose-${index}.json`), JSON.stringify({ name: 'input', dims }))
    }
    const run = async (path: string) => {
      const session = await createSession(path, 'pose', { name: 'cpu', index: 0 }, 1)
      const { data } = (await session.run({ input: inputs[0]! }))[session.outputNames[0]!]!
      await session.release()
      return data as Float32Array
    }
    const original = await run(model)
    const quantizer = await prepareQuantizer(join(dir, 'models/int8'), 'python3', () => {}, new AbortController().signal)
    const copies = new Set<string>()
    for (const weights of ['signed', 'seven-bits', 'unsigned'] satisfies Array<Recipe['weights']>) {
      const out = join(dir, `${weights}.onnx`)
      await quantizer.quantize({ model, tensors, role: 'pose', out, recipe: { fp32First: 0, fp32Last: 0, convolutions: true, weights } })
      const likeness = cosine(original, await run(out))
      // Signed ones overflow on some processors; that the other two do not is what they are for.
      t.ok(likeness > (weights === 'signed' ? 0.8 : 0.99), `${weights}: ${likeness}`)
      copies.add(await sha256File(out))
    }
    t.equal(copies.size, 3, 'each is another file')
  })

  await t.test('a bad one is refused, and an older copy goes', async (t) => {
    t.equal(await quantize('--pictures', join(dir, 'pictures'), '--only', 'pose', '--least-gain', '100'), 0)
    t.match(lines.at(-1), /^pose: refused, it gains too little/)
    t.equal((await readdir(join(dir, 'models/int8'))).filter((name) => name.endsWith('.onnx')).length, 1)
  })
})

function cosine (a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
