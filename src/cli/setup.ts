import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { loadConfig, type Config } from '../config.ts'
import { isPoseError } from '../errors.ts'
import { createAccessToken } from '../label-studio/access-token.ts'
import { createLabelStudioClient } from '../label-studio/client/label-studio-client.ts'
import type { Project } from '../label-studio/client/projects.ts'
import { connectProject, type WantedConnection } from '../label-studio/connect/connect-project.ts'
import type { Step } from '../label-studio/connect/step.ts'
import { presetNames, type PresetName } from '../label-studio/label-config-preset.ts'
import { keypointSetOfMode } from '../model-store/keypoint-set-of-mode.ts'
import { CliError, type Command, type Terminal } from './command.ts'
import { parseOptions } from './parse-options.ts'
import { readAddress } from './read-address.ts'
import { readLogin } from './read-login.ts'
import { readProject } from './read-project.ts'

/** The model can fill nothing in the labelling interface; another one, or another model, is for a person to decide. Everything else that stays undone is 1. */
const EXIT_UNDECIDED = 2

/** Connects a project of Label Studio with the service. */
export const setup: Command = {
  usage: '[--url <Label Studio>] [--token <token>] [--backend <this service, as Label Studio reaches it>] [--project <number> | --name <title>] [--preset wholebody133] [--interactive] [--webhook] [--replace-config] [--json]',
  summary: 'Connects a project of Label Studio with this service: makes or completes project, labelling interface, model and webhook, and says what to click next. Safe to repeat. Exit codes: 0 connected, 1 refused or left undone, 2 the model can fill nothing in the labelling interface.',
  async run (args, terminal) {
    const config = loadConfig()
    const { url, token, wanted, json } = readOptions(args, config)
    const steps: Step[] = []
    const client = createLabelStudioClient({ url, token: createAccessToken({ url, key: token }) })
    try {
      const project = await connectProject(client, wanted, (step) => {
        steps.push(step)
        if (!json) printStep(step, terminal)
      })
      const next = nextSteps(project, url)
      if (json) printJson({ steps, project: { id: project.id, title: project.title, url: `${url}/projects/${project.id}` }, next, error: null }, terminal)
      else next.forEach((line, index) => { terminal.print(`${(index === 0 ? 'Next' : '').padEnd(COLUMN)}${line}`) })
      return steps.some(({ state }) => state === 'open') ? 1 : 0
    } catch (error) {
      if (!isPoseError(error)) throw error
      if (json) printJson({ steps, project: null, next: [], error: { code: error.code, message: error.message } }, terminal)
      else terminal.note(error.message)
      return error.errorName === 'LABEL_CONFIG_FOREIGN' || error.errorName === 'PRESET_UNMATCHED' ? EXIT_UNDECIDED : 1
    } finally {
      await client.close()
    }
  }
}

/** What --json prints. */
export interface SetupReport {
  /** What was looked after, up to the failure if there is one. */
  steps: Step[]
  /** null after a failure. */
  project: { id: number, title: string | null, url: string } | null
  /** What to do in the browser. */
  next: string[]
  error: { code: string, message: string } | null
}

interface Options { url: string, token: string, wanted: WantedConnection, json: boolean }

function readOptions (args: readonly string[], config: Config): Options {
  const values = parseOptions(args, {
    url: { type: 'string' },
    token: { type: 'string' },
    backend: { type: 'string' },
    project: { type: 'string' },
    name: { type: 'string' },
    preset: { type: 'string' },
    interactive: { type: 'boolean', default: false },
    webhook: { type: 'boolean', default: false },
    'replace-config': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false }
  })
  const { url, token } = readLogin(values, config)
  const preset = values.preset ?? 'wholebody133'
  if (!presetNames.some((name) => name === preset)) throw new CliError(`--preset ${preset} is not valid: ${presetNames.join(', ')} are.`)
  if (values.project !== undefined && values.name !== undefined) throw new CliError('--project and --name exclude each other: the number of a project that is there, or the title of one that is found or made.')
  const backend = values.backend === undefined ? defaultBackend(url, config) : readAddress('backend', values.backend, '')
  return {
    url,
    token,
    json: values.json,
    wanted: {
      project: values.project === undefined ? { title: readTitle(values.name ?? 'Human poses') } : { id: readProject(values.project) },
      preset: preset as PresetName,
      isPresetChosen: values.preset !== undefined,
      replace: values['replace-config'],
      // An own network is known to the service alone.
      keypointSet: keypointSetOfMode(config) ?? cocoWholebody133,
      backend,
      credentials: config.basicAuth,
      interactive: values.interactive,
      webhook: values.webhook
    }
  }
}

/** The limits of Label Studio. */
function readTitle (name: string): string {
  if (name.length < 3 || name.length > 50) throw new CliError('--name is not valid: a title of 3 to 50 characters is.')
  return name
}

/** On the machine of Label Studio. @throws CliError where that is known to be another one */
function defaultBackend (url: string, { port, tls }: Config): string {
  const scheme = tls === null ? 'http' : 'https'
  const { hostname } = new URL(url)
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
    throw new CliError(`--backend is missing: Label Studio at ${hostname} does not reach this service under localhost. Give the address under which it does, for example ${scheme}://<name or address of this machine>:${port || 9090}, or ${scheme}://ml-backend.internal:9090 with the Compose file.`)
  }
  if (port === 0) throw new CliError('--backend is missing: PORT=0 takes any free port, so the address is not known here.')
  return `${scheme}://localhost:${port}`
}

const COLUMN = 14
const names: Record<Step['name'], string> = { 'label-studio': 'Label Studio', project: 'Project', interface: 'Interface', model: 'Model', predictions: 'Predictions', webhook: 'Webhook' }
const states: Record<Step['state'], string> = { found: '', created: 'created: ', changed: 'changed: ', removed: 'removed: ', right: 'already right: ', kept: 'kept: ', note: 'note: ', open: 'not done: ' }

function printStep ({ name, state, text }: Step, terminal: Terminal): void {
  terminal.print(`${names[name].padEnd(COLUMN)}${states[state]}${text}`)
}

function nextSteps ({ id, task_number: tasks }: Project, url: string): string[] {
  const link = `${url}/projects/${id}/data`
  const { hostname } = new URL(url)
  return [
    ...((tasks ?? 0) === 0 ? [`import pictures: ${link}/import`] : []),
    `open a task, or choose several and Actions > Retrieve Predictions: ${link}`,
    ...(hostname === 'localhost' || /[.:]/.test(hostname) ? [] : [`${hostname} is a name among containers: in the browser put the address of Label Studio there in its place`])
  ]
}

function printJson (report: SetupReport, terminal: Terminal): void {
  terminal.print(JSON.stringify(report, null, 2))
}
