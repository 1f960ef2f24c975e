import { writeFile } from 'node:fs/promises'
import { checkBesideService } from '../check/check-beside-service.ts'
import { askForReport } from '../check/ask-for-report.ts'
import { loadConfig, type Config } from '../config.ts'
import type { CheckReport } from '../check/check-report.ts'
import { CliError, type Command, type Terminal } from './command.ts'
import { parseOptions } from './parse-options.ts'
import { readAddress } from './read-address.ts'
import { readProject } from './read-project.ts'
import { renderCheckReport } from './render-check-report.ts'

interface CheckArguments {
  url: string | null
  token: string | null
  project: number | null
  /** Address of the service. */
  service: string | null
  /** File for the drawing. */
  out: string | null
  json: boolean
}

/** Asks the running service, or looks itself where none runs. */
export const check: Command = {
  usage: '[--project N] [--service address] [--out file.png] [--json] [--url address of Label Studio] [--token token]',
  summary: 'Looks at everything between Label Studio and its predictions: a line each, with the remedy. --out draws a prediction; exit code 1 when something failed.',
  async run (args, terminal) {
    const wanted = readArguments(args)
    const config = loadConfig()
    const address = wanted.service ?? `${config.tls === null ? 'http' : 'https'}://${localName(config.host)}:${config.port}`
    const request = { project: wanted.project, wantsDrawing: wanted.out !== null }
    const { line, report: ofService } = await askForReport(address, request, config)
    if (ofService !== null && (wanted.url !== null || wanted.token !== null)) {
      terminal.note('The running service was asked, with the connection that it has: --url and --token are for a check without it.')
    }
    const rest = ofService ?? await checkBesideService({ ...config, ...ofArguments(wanted) }, request)
    const report: CheckReport = { ok: rest.ok && line.state === 'ok', checks: [line, ...rest.checks], drawing: rest.drawing }
    await show(report, wanted, terminal)
    return report.ok ? 0 : 1
  }
}

async function show (report: CheckReport, { json, out }: CheckArguments, terminal: Terminal): Promise<void> {
  if (json) terminal.print(JSON.stringify(out === null ? report : { ...report, drawing: null }, null, 2))
  else for (const text of renderCheckReport(report.checks, terminal.hasColours)) terminal.print(text)
  if (out === null) return
  if (report.drawing === null) {
    terminal.note(`Nothing was drawn to ${out}: there is no prediction.`)
    return
  }
  await writeFile(out, Buffer.from(report.drawing, 'base64')).catch((error: Error) => { throw new CliError(`${out} cannot be written (${error.message}).`) })
  terminal.note(`The prediction is drawn in ${out}.`)
}

/** @throws CliError */
function readArguments (args: readonly string[]): CheckArguments {
  const text = { type: 'string' } as const
  const values = parseOptions(args, { url: text, token: text, project: text, service: text, out: text, json: { type: 'boolean', default: false } }, '"check": ')
  return {
    url: values.url === undefined ? null : readAddress('url', values.url, 'the address of Label Studio'),
    token: values.token ?? null,
    project: values.project === undefined ? null : readProject(values.project),
    service: values.service === undefined ? null : readAddress('service', values.service, 'the address of the service'),
    out: values.out ?? null,
    json: values.json
  }
}

function ofArguments ({ url, token }: CheckArguments): Partial<Pick<Config, 'labelStudioUrl' | 'labelStudioApiKey'>> {
  return { ...(url !== null && { labelStudioUrl: url }), ...(token !== null && { labelStudioApiKey: token }) }
}

/** Under which name a service that listens there is reached from its own machine. */
function localName (host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
