/** What the host of the repository and the package registry read: checked as far as it can be without them. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { readChangelog } from '../scripts/read-changelog.ts'
import { version } from '../src/version.ts'

const run = promisify(execFile)
const project = fileURLToPath(new URL('..', import.meta.url))
const read = (...path: string[]): Promise<string> => readFile(join(project, ...path), 'utf8')

interface Step { uses?: string, run?: string, name?: string, with?: Record<string, unknown> }
interface Job { permissions?: Record<string, string>, 'timeout-minutes'?: number, uses?: string, steps?: Step[], needs?: string | string[] }
interface Workflow { permissions: Record<string, string>, concurrency: object, jobs: Record<string, Job> }

async function readWorkflows (): Promise<Array<[string, Workflow, string]>> {
  const names = await readdir(join(project, '.github', 'workflows'))
  return await Promise.all(names.map(async (name): Promise<[string, Workflow, string]> => {
    const text = await read('.github', 'workflows', name)
    return [name, parse(text) as Workflow, text]
  }))
}

t.test('workflows: pinned actions, least rights, bounded times', async (t) => {
  const workflows = await readWorkflows()
  t.same(workflows.map(([name]) => name).sort(), ['ci.yml', 'release.yml'])
  for (const [name, { permissions, concurrency, jobs }, text] of workflows) {
    t.same(permissions, { contents: 'read' }, `${name}: what jobs may do unless they say more`)
    t.ok(concurrency, `${name}: concurrency`)
    for (const line of text.split('\n').filter((one) => /^\s*(- )?uses:/.test(one) && !/uses: \.\//.test(one))) {
      t.match(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/, `${name}: a full commit with its release: ${line.trim()}`)
    }
    for (const [id, job] of Object.entries(jobs)) {
      if (job.uses !== undefined) continue
      t.ok(job['timeout-minutes']! <= 60, `${name} ${id}: ends by itself`)
      t.ok(job.steps!.every(({ uses, run: command }) => (uses === undefined) !== (command === undefined)), `${name} ${id}: each step uses or runs`)
      const checkout = job.steps!.find(({ uses }) => uses?.startsWith('actions/checkout@'))
      t.equal(checkout?.with?.['persist-credentials'], false, `${name} ${id}: leaves no credentials in the checkout`)
      for (const needed of [job.needs ?? []].flat()) t.ok(needed in jobs, `${name} ${id}: needs ${needed}`)
    }
  }
  // One commit an action, wherever it is used.
  const pins = workflows.flatMap(([, , text]) => [...text.matchAll(/uses: ([\w/-]+)@([0-9a-f]+)/g)].map(([, action, commit]) => `${action}@${commit}`))
  t.equal(new Set(pins).size, new Set(pins.map((pin) => pin.replace(/@.*/, ''))).size, 'actions are pinned the same everywhere')
})

t.test('workflows run what is there', async (t) => {
  const targets = new Set([...(await read('Makefile')).matchAll(/^([a-z][a-z-]*):/gm)].map(([, name]) => name!))
  const scripts = Object.keys((JSON.parse(await read('package.json')) as { scripts: object }).scripts)
  let checked = 0
  for (const [name, { jobs }] of await readWorkflows()) {
    for (const command of Object.values(jobs).flatMap(({ steps }) => steps ?? []).flatMap((step) => step.run?.split('\n') ?? [])) {
      for (const [, words] of command.matchAll(/(?:^|[;&|] *)make ((?:[\w=$."-]+ ?)+)/g)) {
        for (const target of words!.trim().split(' ').filter((word) => /^[a-z][a-z-]*$/.test(word))) { checked++; t.ok(targets.has(target), `${name}: make ${target}`) }
      }
      for (const [, script] of command.matchAll(/npm run (?:--\S+ )*([\w-]+)/g)) { checked++; t.ok(scripts.includes(script!), `${name}: npm run ${script}`) }
      for (const [, file] of command.matchAll(/\b(?:ba)?sh (\S+\/\S+)/g)) { checked++; t.resolves(read(file!), `${name}: ${file}`) }
    }
  }
  t.ok(checked >= 8, `${checked} commands`)
})

t.test('what builds the image goes into it', async (t) => {
  const imported = [...(await read('scripts', 'build.ts')).matchAll(/ from '\.\/([\w-]+\.ts)'/g)].map(([, name]) => name!)
  t.ok(imported.length > 0)
  const [docker, ignore] = await Promise.all([read('Dockerfile'), read('.dockerignore')])
  for (const name of ['build.ts', ...imported]) {
    t.match(docker, new RegExp(`^COPY .*\\bscripts/${name}\\b.* scripts/$`, 'm'))
    t.ok(ignore.split('\n').includes(`!scripts/${name}`), `.dockerignore leaves scripts/${name}`)
  }
})

t.test('every task of the Makefile is listed by make help', async (t) => {
  const makefile = await read('Makefile')
  const phony = /^\.PHONY: (.*)$/m.exec(makefile)![1]!.split(' ')
  const { stdout } = await run('make', ['-s', 'help'], { cwd: project })
  for (const target of phony.filter((name) => name !== 'node')) t.match(stdout, new RegExp(`make ${target} `), target)
})

t.test('forms of issues', async (t) => {
  const names = (await readdir(join(project, '.github', 'ISSUE_TEMPLATE'))).filter((name) => name !== 'config.yml')
  t.ok(names.length >= 3)
  for (const name of names) {
    const form = parse(await read('.github', 'ISSUE_TEMPLATE', name)) as { name: string, description: string, body: Array<{ type: string, id?: string, attributes: { label?: string, value?: string, options?: unknown[] } }> }
    t.ok(form.name && form.description, `${name}: name and description`)
    const ids = form.body.map(({ id }) => id).filter((id) => id !== undefined)
    t.equal(new Set(ids).size, ids.length, `${name}: ids`)
    for (const { type, id, attributes } of form.body) {
      t.ok(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes'].includes(type), `${name}: ${type}`)
      if (type === 'markdown') t.ok(attributes.value, `${name}: text`)
      else t.ok(id !== undefined && attributes.label, `${name}: ${id ?? type}`)
      if (type === 'dropdown' || type === 'checkboxes') t.ok(attributes.options!.length > 0, `${name}: options of ${id}`)
    }
  }
})

t.test('the changelog', async (t) => {
  const sections = readChangelog(await read('CHANGELOG.md'))
  t.ok(sections[0]!.name === 'Unreleased' || sections[0]!.name === version, 'newest first')
  t.ok(sections.some(({ name }) => name === version) || sections[0]!.name === 'Unreleased', `${version} has a section or is not released yet`)
  const dates = sections.map(({ date }) => date ?? '9999')
  t.same(dates, [...dates].sort().reverse(), 'in order')
  for (const { name, text } of sections) {
    const groups = [...text.matchAll(/^### (.*)$/gm)].map(([, group]) => group!)
    t.ok(groups.length > 0, `${name} says something`)
    for (const group of groups) t.ok(['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'].includes(group), `${name}: ${group}`)
    t.equal(new Set(groups).size, groups.length, `${name}: each group once`)
  }
  t.throws(() => readChangelog('## 1.2.3\n'), /neither/)
  t.same(readChangelog('# Changelog\n\n## Unreleased\n\n### Added\n\n- a\n\n## 1.0.0 - 2026-01-31\n\n### Fixed\n\n- b\n').map(({ name, date }) => [name, date]), [['Unreleased', null], ['1.0.0', '2026-01-31']])
})

t.test('the package holds what it needs and nothing else', async (t) => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: project, maxBuffer: 1e8 })
  const [{ files }] = JSON.parse(stdout) as [{ files: Array<{ path: string, size: number }> }]
  const paths = files.map(({ path }) => path)
  // What `make dist/.built` writes may be there or not; `make test-package` proves that it works.
  const beside = paths.filter((path) => !path.startsWith('dist/')).sort()
  t.same(beside, [
    '.env.example', 'CHANGELOG.md', 'LICENSE', 'README.md',
    'models/quantization/quantize.py', 'models/quantization/requirements.txt',
    'models/starter/MODEL_CARD.md', 'models/starter/detector.int8.onnx', 'models/starter/detector.onnx', 'models/starter/figure.jpg', 'models/starter/pose.int8.onnx', 'models/starter/pose.onnx', 'models/starter/starter.json',
    'package.json'
  ].sort())
  t.notOk(paths.includes('dist/.built'))
  t.ok(files.filter(({ path }) => !path.startsWith('dist/')).reduce((sum, { size }) => sum + size, 0) < 8e6, 'beside the code: the starter models, mostly')
})
