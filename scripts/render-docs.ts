/** The generated documents, from the schema of the environment, the table of errors and the registry of models. */
import { readFileSync } from 'node:fs'
import { findDetector, findPose, registry } from '../models/find-model.ts'
import type { ModelEntry } from '../models/model-entry.ts'
import { modes } from '../models/modes.ts'
import { publishedAccuracy } from '../models/registry/published-accuracy.ts'
import { describeAllowed, EnvironmentSchema } from '../src/config.ts'
import { errorTable } from '../src/errors.ts'
import { renderDashboard } from './render-dashboard.ts'
import { renderMetricsPage } from './render-metrics.ts'
import { renderTroubleshootingPage } from './render-troubleshooting.ts'

interface Variable {
  name: string
  group: string
  description: string
  default: string
  allowed: string
  secret: boolean
}

const root = new URL('../', import.meta.url)

/** Path inside the project -> the whole text it must have. @throws Error when README.md lacks a marker. */
export function renderDocs (): Map<string, string> {
  const groups = groupVariables()
  const readme = readFileSync(new URL('README.md', root), 'utf8')
  return new Map([
    ['.env.example', renderEnvExample(groups)],
    ['deploy/grafana/label-studio-rtmpose.json', renderDashboard()],
    ['docs/configuration.md', renderConfigurationPage(groups)],
    ['docs/errors.md', renderErrorsPage()],
    ['docs/metrics.md', renderMetricsPage()],
    ['docs/models.md', renderModelsPage()],
    ['docs/troubleshooting.md', renderTroubleshootingPage()],
    ['README.md', withTable(withTable(readme, 'configuration', renderReadmeTable(groups)), 'modes', renderModesTable())]
  ])
}

function groupVariables (): Map<string, Variable[]> {
  const groups = new Map<string, Variable[]>()
  for (const [name, schema] of Object.entries<object>(EnvironmentSchema.properties)) {
    const facts = schema as Record<string, unknown>
    const group = String(facts['group'])
    const variable = {
      name,
      group,
      description: String(facts['description']),
      default: String(facts['default']),
      allowed: describeAllowed(name),
      secret: facts['secret'] === true
    }
    groups.set(group, [...(groups.get(group) ?? []), variable])
  }
  return groups
}

function renderEnvExample (groups: Map<string, Variable[]>): string {
  const lines = [
    '# Every setting with its default. Copy to .env and take the # away in front of what you change.',
    '# `make start`, `make dev`, the npm scripts and docker compose read .env. Written by `npm run docs`.'
  ]
  for (const [group, variables] of groups) {
    lines.push('', `# ${group}`)
    for (const variable of variables) {
      lines.push('', `# ${variable.description}.`, `# Allowed: ${variable.allowed}.`, `#${variable.name}=${variable.default}`)
    }
  }
  return lines.join('\n') + '\n'
}

function renderConfigurationPage (groups: Map<string, Variable[]>): string {
  const lines = [
    '# Configuration',
    '',
    'The service reads environment variables, once, when it starts. A value that is not allowed stops the start with a',
    'sentence that names the variable, the value and what is allowed. An empty variable counts as not set.',
    '',
    'This page is written from `src/config.ts` by `npm run docs`.'
  ]
  for (const [group, variables] of groups) {
    lines.push('', `## ${group}`, '', '| variable | default | allowed | meaning |', '|---|---|---|---|')
    for (const variable of variables) {
      lines.push(`| \`${variable.name}\` | ${code(variable.default)} | ${cell(variable.allowed)} | ${cell(variable.description)}${variable.secret ? ' (secret: never logged)' : ''} |`)
    }
  }
  return lines.join('\n') + '\n'
}

function renderReadmeTable (groups: Map<string, Variable[]>): string {
  const lines = ['| variable | default | meaning |', '|---|---|---|']
  for (const [group, variables] of groups) {
    lines.push(`| **${group}** | | |`)
    for (const variable of variables) lines.push(`| \`${variable.name}\` | ${code(variable.default)} | ${cell(variable.description)} |`)
  }
  return lines.join('\n')
}

function renderErrorsPage (): string {
  const groups: Record<ErrorGroup, string[]> = { picture: [], request: [], command: [] }
  for (const [name, [status, sentence]] of Object.entries(errorTable)) {
    groups[errorGroup(name)].push(`| \`POSE_ERR_${name}\` | ${status} | ${cell(sentence.replace('%s', '…'))} |`)
  }
  return [
    '# Errors',
    '',
    'Every failure has a code that stays the same between versions, and a sentence that says what to do. `…` stands for the',
    'detail of the single case. This page is written from `src/errors.ts` by `npm run docs`.',
    '',
    '## One picture',
    '',
    'The request is answered with status 200. The entry of the task in `results` holds `error` (the sentence) and `code` instead',
    'of `result`; the other tasks are answered as usual. Label Studio stores nothing for such a task and asks again the next time.',
    'The status is what the code means on its own.',
    '',
    '| code | status | sentence |',
    '|---|---|---|',
    ...groups.picture,
    '',
    '## The whole request',
    '',
    'The body is `{"statusCode", "code", "error", "message"}`. The sentence also stands in the reason phrase of the HTTP',
    'answer, because that is all Label Studio hands on to its log and its forms.',
    '',
    '| code | status | sentence |',
    '|---|---|---|',
    ...groups.request,
    '',
    '## Talking to Label Studio',
    '',
    'What commands such as `label-studio-rtmpose setup` say when Label Studio or the way to it is at fault ([connecting](connecting.md)).',
    '',
    '| code | status | sentence |',
    '|---|---|---|',
    ...groups.command,
    ''
  ].join('\n')
}

type ErrorGroup = 'picture' | 'request' | 'command'

/** By the order of the table. A failure that concerns one picture reaches the client inside the entry of its task. */
function errorGroup (name: string): ErrorGroup {
  const names = Object.keys(errorTable)
  if (names.indexOf(name) < names.indexOf('MODEL_MISSING')) return 'picture'
  return names.indexOf(name) < names.indexOf('LABEL_STUDIO_UNREACHABLE') ? 'request' : 'command'
}

function renderModesTable (): string {
  const lines = ['| `MODE` | points | detector | pose network |', '|---|---|---|---|']
  for (const [mode, { detector, pose }] of modeEntries()) lines.push(`| \`${mode}\` | ${pointCounts[pose.keypointSet]} | ${detector.title} | ${pose.title} |`)
  return lines.join('\n')
}

function renderModelsPage (): string {
  const entries = new Map<string, ModelEntry>()
  for (const [, { detector, pose }] of modeEntries()) {
    entries.set(detector.id, detector)
    entries.set(pose.id, pose)
  }
  for (const entry of registry) entries.set(entry.id, entry)
  const lines = [
    '# Models',
    '',
    'Every model the service knows, those of the modes first. The files of `starter` are built in, the others are downloaded into',
    '`MODEL_DIR` when a mode needs them, or by `npx label-studio-rtmpose models pull`. By hand: put them there under the name given',
    'here; most addresses are archives, of which only the `.onnx` inside is needed. A file whose SHA-256 is known is checked before it',
    'is used. Accuracies are those of the publishers, with the measure and the source; different measures do not compare.',
    '',
    'This page is written from `models/` by `npm run docs`.',
    '',
    renderModesTable()
  ]
  for (const entry of entries.values()) {
    lines.push(
      '', `## ${entry.title}`, '',
      `- file: \`${entry.file}\`${entry.bytes === null ? '' : `, ${entry.bytes} bytes`}`,
      `- SHA-256 of the file: ${entry.sha256 === null ? 'not known' : `\`${entry.sha256}\``}`,
      ...(entry.archiveSha256 === null ? [] : [`- SHA-256 of the archive: \`${entry.archiveSha256}\``]),
      ...entry.addresses.map((address) => `- <${address}>`),
      ...describeAccuracy(entry.id),
      `- licence: ${entry.license}`,
      `- source: ${entry.source}`
    )
  }
  return lines.join('\n') + '\n'
}

function describeAccuracy (id: string): string[] {
  const accuracy = publishedAccuracy[id]
  return accuracy === undefined ? [] : [`- published accuracy: ${accuracy.measure} ${accuracy.value.toFixed(1)} (${accuracy.source})`]
}

const pointCounts = { 'coco-17': 17, 'halpe-26': 26, 'coco-wholebody-133': 133 }

function modeEntries () {
  return Object.entries(modes).map(([mode, ids]) => {
    const detector = findDetector(ids.detector)
    const pose = findPose(ids.pose)
    if (detector === null || pose === null) throw new Error(`Mode ${mode} names a model that the registry lacks.`)
    return [mode, { detector, pose }] as const
  })
}

/** Replaces what stands between the markers of that name. */
function withTable (text: string, name: string, table: string): string {
  const begin = `<!-- ${name}:begin, written by npm run docs -->`
  const end = `<!-- ${name}:end -->`
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`README.md lacks the lines "${begin}" and "${end}".`)
  return `${before}${begin}\n${table}\n${end}${after}`
}

function code (text: string): string {
  return text === '' ? '' : `\`${text}\``
}

function cell (text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}
