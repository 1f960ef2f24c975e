/** The generated documents, from the tables and schemas of the code. */
import { readdirSync, readFileSync } from 'node:fs'
import { describeAllowed, EnvironmentSchema } from '../src/config.ts'
import { errorTable, type ErrorName } from '../src/errors.ts'
import { renderDashboard } from './render-dashboard.ts'
import { renderLicensesPage } from './render-licenses-page.ts'
import { renderMetricsPage } from './render-metrics-page.ts'
import { renderModelsPage } from './render-models-page.ts'
import { renderModesTable } from './render-modes-table.ts'
import { renderSizingPage } from './render-sizing-page.ts'
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
    ['docs/licenses.md', renderLicensesPage()],
    ['docs/metrics.md', renderMetricsPage()],
    ['docs/decisions/README.md', renderDecisionsPage()],
    ['docs/models.md', renderModelsPage()],
    ['docs/sizing.md', renderSizingPage()],
    ['docs/troubleshooting.md', renderTroubleshootingPage()],
    ['README.md', withTable(withTable(readme, 'configuration', renderReadmeTable(groups)), 'modes', renderModesTable(''))]
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

const notHandedOn = 'Compose hands on to its containers what .env says, but for HOST, PORT and MODEL_DIR, and for what its files set themselves (LABEL_STUDIO_URL and DATA_DIR, for example).'

function renderEnvExample (groups: Map<string, Variable[]>): string {
  const lines = [
    '# Every setting with its default. Copy to .env and take the # away in front of what you change.',
    '# `make start`, `make dev`, the npm scripts and docker compose read .env. Written by `npm run docs`.',
    `# ${notHandedOn}`
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
    notHandedOn,
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

/** What most people set sooner or later; the others are in docs/configuration.md. */
const everyday = ['MODE', 'DEVICE', 'MODEL_DIR', 'CONFIDENCE_THRESHOLD', 'HOST', 'PORT', 'WORKERS', 'TRUST_PROXY', 'API_TOKEN', 'LABEL_STUDIO_URL', 'LABEL_STUDIO_API_KEY', 'DATA_DIR', 'LOCAL_FILES_DIR', 'IMAGE_ORIGINS', 'REDIS_URL']

function renderReadmeTable (groups: Map<string, Variable[]>): string {
  const lines = ['| variable | default | meaning |', '|---|---|---|']
  for (const variable of [...groups.values()].flat()) {
    if (everyday.includes(variable.name)) lines.push(`| \`${variable.name}\` | ${code(variable.default)} | ${cell(variable.description)} |`)
  }
  return lines.join('\n')
}

function renderErrorsPage (): string {
  const groups: Record<ErrorGroup, string[]> = { picture: [], request: [], job: [], command: [] }
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
    'The body is `{"statusCode", "code", "error", "message", "requestId"}`. The sentence also stands in the reason phrase of the HTTP',
    'answer, because that is all Label Studio hands on to its log and its forms.',
    '',
    '| code | status | sentence |',
    '|---|---|---|',
    ...groups.request,
    '',
    '## A job',
    '',
    'They stand in the list of failures of a [job](jobs.md), or are the reason why it has ended. The status is what the code means on its own.',
    '',
    '| code | status | sentence |',
    '|---|---|---|',
    ...groups.job,
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

type ErrorGroup = 'picture' | 'request' | 'job' | 'command'

/** The first error of each group that follows the pictures. */
const groupStarts: ReadonlyArray<readonly [first: ErrorName, group: ErrorGroup]> = [
  ['MODEL_MISSING', 'request'],
  ['TASK_MISSING', 'job'],
  ['PROJECT_NOT_FOUND', 'request'],
  ['LABEL_STUDIO_UNREACHABLE', 'command']
]

/** By the order of the table. A failure that concerns one picture reaches the client inside the entry of its task. */
function errorGroup (name: string): ErrorGroup {
  const names = Object.keys(errorTable)
  return groupStarts.findLast(([first]) => names.indexOf(first) <= names.indexOf(name))?.[1] ?? 'picture'
}

/** docs/decisions/README.md, from the headings of the records. */
function renderDecisionsPage (): string {
  const folder = new URL('docs/decisions/', root)
  const rows = readdirSync(folder).filter((name) => /^\d{4}-.*\.md$/.test(name)).sort().map((name) => {
    const [heading = ''] = readFileSync(new URL(name, folder), 'utf8').split('\n')
    return `| [${name.slice(0, 4)}](${name}) | ${heading.replace(/^# (\d+\.? )?/, '')} |`
  })
  return [
    '# Decisions',
    '',
    'Why things are as they are: what was found, what was decided, and what it costs. A decision that no longer holds stays, and says by which it was replaced.',
    'Packages: [dependencies.md](dependencies.md). This page is written from the headings by `npm run docs`.',
    '',
    '| number | decision |',
    '|---|---|',
    ...rows,
    ''
  ].join('\n')
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
