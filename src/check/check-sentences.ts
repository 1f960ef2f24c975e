/**
 * Every finding of `check` that is not an error of the table in src/errors.ts: what was looked at, how it stands, what was found, and what to do.
 * `%s` takes the details of the single case. docs/troubleshooting.md is written from this table (npm run docs).
 */
import { format } from 'node:util'
import { isPoseError } from '../errors.ts'
import { splitRemedy } from '../split-remedy.ts'
import type { CheckLine } from './check-report.ts'

/** What is looked at, in the order of the report. */
export const checkTitles = {
  service: 'Service',
  model: 'Model',
  'label-studio': 'Label Studio',
  release: 'Release of Label Studio',
  clocks: 'Clocks',
  token: 'Token',
  projects: 'Projects',
  connection: 'Connection',
  'label-config': 'Labelling interface',
  pictures: 'Pictures',
  webhook: 'Webhook',
  versions: 'Versions',
  refusals: 'Latest failures',
  prediction: 'Prediction'
} as const

export type CheckId = keyof typeof checkTitles

export const checkTable = {
  SERVICE_OK: ['service', 'ok', 'The service answers at %s.', null],
  SERVICE_DOWN: ['service', 'failed', 'The service does not answer at %s (%s).', 'Start it (make start, or docker compose up), or give its address with --service. What can be looked at without it follows.'],
  SERVICE_CERTIFICATE: ['service', 'failed', 'The certificate of the service at %s does not do here (%s).', 'Name the file of its authority in NODE_EXTRA_CA_CERTS, and give the name that it was made for with --service. What can be looked at without the service follows.'],
  SERVICE_OTHER: ['service', 'failed', 'What answers at %s is not this service (%s).', 'Give the address of the service with --service; its PORT says where it listens.'],
  SERVICE_REFUSES: ['service', 'failed', 'The service answers at %s, but not to this (%s).', 'Set API_TOKEN to the value that the service has, or run the command where the service runs.'],
  SERVICE_BUSY: ['service', 'failed', 'The service answers at %s, but not to this now (%s).', 'Try again in a minute.'],

  MODEL_OK: ['model', 'ok', '%s on %s, %s of %s workers are ready.', null],
  MODEL_IDLE: ['model', 'ok', 'The models load at the first request (PRELOAD=false).', null],
  MODEL_FALLBACK: ['model', 'warning', 'The starter models stand in for those of MODE=%s: predictions are drafts. %s', 'Get the models (npx label-studio-rtmpose models pull), then start the service again.'],
  MODEL_WARNING: ['model', 'warning', '%s', 'Predictions are made all the same; GET /health shows this until it is over.'],

  LABEL_STUDIO_OK: ['label-studio', 'ok', 'Label Studio answers at %s.', null],
  LABEL_STUDIO_UNSET: ['label-studio', 'failed', 'It is not known where Label Studio is.', 'Set LABEL_STUDIO_URL to its address as seen from the service, and LABEL_STUDIO_API_KEY to a personal access token; where the service does not run, give --url and --token.'],
  LABEL_STUDIO_NAME: ['label-studio', 'failed', 'The host name of %s is not known here.', 'Correct LABEL_STUDIO_URL. In a Compose file the name of another container is that of its service, for example http://label-studio:8080.'],
  LABEL_STUDIO_PORT: ['label-studio', 'failed', 'Nothing listens at %s.', 'Start Label Studio, or correct host and port of LABEL_STUDIO_URL.'],
  LABEL_STUDIO_LOCALHOST: ['label-studio', 'failed', 'Nothing listens at %s: this is a container, where localhost is the container itself.', 'Set LABEL_STUDIO_URL to the name of Label Studio\'s container (http://label-studio:8080), or to http://host.docker.internal:8080 when it runs on the host.'],
  LABEL_STUDIO_CERTIFICATE: ['label-studio', 'failed', 'The certificate of %s is not trusted here (%s).', 'Name the file of its authority in NODE_EXTRA_CA_CERTS, and start the service again.'],
  LABEL_STUDIO_SCHEME: ['label-studio', 'failed', 'What listens at %s does not speak %s (%s).', 'Begin LABEL_STUDIO_URL with http:// or https:// as Label Studio is served, or correct the port.'],
  LABEL_STUDIO_SILENT: ['label-studio', 'failed', '%s does not answer: %s.', 'Check that Label Studio runs, and that no firewall stands between.'],
  LABEL_STUDIO_OTHER: ['label-studio', 'failed', 'Something answers at %s, but it is no Label Studio (%s).', 'Correct host, port and path of LABEL_STUDIO_URL.'],
  LABEL_STUDIO_REDIRECT: ['label-studio', 'failed', '%s sends its callers on to %s.', 'Set LABEL_STUDIO_URL to where it leads, without the path behind Label Studio\'s own.'],

  RELEASE_OK: ['release', 'ok', '%s.', null],
  RELEASE_OLD: ['release', 'failed', '%s is older than %s, the oldest whose interface this service was written for.', 'Update Label Studio.'],
  RELEASE_NEW: ['release', 'warning', '%s is newer than %s, the newest that this version was tested with.', 'Look for a newer version of this service when something is odd.'],
  RELEASE_UNKNOWN: ['release', 'warning', 'Label Studio does not say which release it is.', 'Check that LABEL_STUDIO_URL leads to Label Studio itself.'],

  CLOCKS_OK: ['clocks', 'ok', 'The clock of Label Studio and the one here differ by less than %s s.', null],
  CLOCKS_DIFFER: ['clocks', 'warning', 'The clock of Label Studio is %s s %s the one here.', 'Set both by a time server (NTP): signed addresses of cloud storages and certificates are valid by the clock.'],
  CLOCKS_UNKNOWN: ['clocks', 'skipped', 'Label Studio\'s answer holds no date.', null],

  TOKEN_OK: ['token', 'ok', '%s of %s.', null],
  TOKEN_NONE: ['token', 'failed', 'There is no token.', 'Create a personal access token in Label Studio (Account & Settings > Personal Access Token) and set LABEL_STUDIO_API_KEY.'],
  TOKEN_ACCESS: ['token', 'warning', 'Access token of %s, which lives for minutes.', 'Set LABEL_STUDIO_API_KEY to a personal access token instead: it is exchanged for fresh ones by itself.'],
  TOKEN_OF_SETUP: ['token', 'warning', '%s of %s, which Label Studio sent on connecting: this service forgets it when it ends.', 'Set LABEL_STUDIO_API_KEY to a personal access token.'],

  PROJECTS_OK: ['projects', 'ok', 'This service is connected to %s.', null],
  PROJECTS_SKIPPED: ['projects', 'skipped', 'Not looked at: Label Studio must be reached and the token taken first.', null],
  PROJECTS_NONE: ['projects', 'warning', 'None of the %s projects that were looked at has this service connected.', 'Connect one: npx label-studio-rtmpose setup, or Settings > Model > Connect Model in Label Studio. --project looks at a certain one.'],
  PROJECTS_CUT: ['projects', 'warning', 'Only %s of %s projects were looked at; this service is connected to %s.', 'Name the one that matters with --project.'],

  CONNECTION_OK: ['connection', 'ok', 'Label Studio reaches this service at %s.', null],
  CONNECTION_NONE: ['connection', 'failed', 'The project has no model connected.', 'Run npx label-studio-rtmpose setup, or Settings > Model > Connect Model in Label Studio.'],
  CONNECTION_TWICE: ['connection', 'warning', 'The project has this service connected %s times.', 'Remove all but one in Settings > Model: each is asked for every task.'],
  CONNECTION_SLOW: ['connection', 'failed', 'Label Studio asks this service at %s, but gives up after a second and calls it Disconnected.', 'See whether the machine of the service is overloaded, or a proxy between the two is slow.'],
  CONNECTION_DISCONNECTED: ['connection', 'failed', 'Label Studio calls %s Disconnected and does not say why.', 'Check that the service runs, and that its address is right as seen from Label Studio.'],
  CONNECTION_UNSETTLED: ['connection', 'warning', 'Label Studio called %s Disconnected a moment ago and reaches it now.', 'See whether the service is restarted often, or the machine overloaded.'],
  CONNECTION_ERROR: ['connection', 'failed', 'Label Studio reaches %s, but shows Error: %s.', 'Do what the sentence says; the state is asked anew whenever Settings > Model is opened.'],
  CONNECTION_ELSEWHERE: ['connection', 'failed', 'At %s another service answers than this one (model %s).', 'Correct the address in Settings > Model, or check the other service.'],
  CONNECTION_UNSEEN: ['connection', 'warning', 'Label Studio reaches a service with the same model at %s, but no call has arrived in this process.', 'With several replicas this is as it should be; otherwise an older process still runs there.'],
  CONNECTION_FROM_LABEL_STUDIO: ['connection', 'ok', 'Label Studio reaches a service at %s (model %s). Whether it is this one can only be seen from the running service.', null],

  LABEL_CONFIG_OK: ['label-config', 'ok', '%s of %s points have a label%s.', null],
  LABEL_CONFIG_STRANGE: ['label-config', 'warning', '%s of %s points have a label%s. No point of this model is called %s.', 'Name them like the points (GET /label-config shows all), or give them an alias or a model_index; they stay empty otherwise.'],
  LABEL_CONFIG_SKIPPED: ['label-config', 'skipped', 'Which points there are is known when the model is.', null],

  PICTURES_OK: ['pictures', 'ok', '%s: %s, %s x %s pixels.', null],
  PICTURES_FETCHED: ['pictures', 'ok', '%s: %s fetched, %s KB; decoded only by the running service.', null],
  PICTURES_NO_TASKS: ['pictures', 'skipped', 'The project has no tasks yet.', null],
  PICTURES_SKIPPED: ['pictures', 'skipped', 'The labelling interface does not say where the pictures stand.', null],

  WEBHOOK_OK: ['webhook', 'ok', 'Label Studio sends events to %s%s.', null],
  WEBHOOK_NONE: ['webhook', 'warning', 'Label Studio sends no events of this project here.', 'Predictions work all the same. npx label-studio-rtmpose setup --webhook makes one, or says why Label Studio takes none.'],
  WEBHOOK_NAME: ['webhook', 'warning', 'Label Studio makes no webhook for the host name "%s".', 'Predictions work all the same. For events give the host a name with a dot and without an underscore, or use its IP address.'],
  WEBHOOK_OFF: ['webhook', 'warning', 'The webhook to %s is switched off.', 'Switch it on in Settings > Webhooks; Label Studio never does so by itself.'],
  WEBHOOK_ELSEWHERE: ['webhook', 'warning', 'The webhooks of the project lead elsewhere (%s).', 'An earlier address of this service stays behind when the connection is changed: correct it in Settings > Webhooks.'],

  VERSIONS_OK: ['versions', 'ok', 'This service predicts as %s%s.', null],
  VERSIONS_OTHER: ['versions', 'warning', 'Predictions of other versions are stored too: %s.', 'Label Studio shows those of the version chosen in Settings > Annotation. To replace them, delete them in the Data Manager and retrieve predictions again.'],
  VERSIONS_NOT_SHOWN: ['versions', 'warning', 'The project shows annotators the predictions of "%s", which is neither the name of this connection (%s) nor its version.', 'Choose this service in Settings > Annotation > Use predictions to prelabel tasks.'],

  REFUSALS_NONE: ['refusals', 'ok', 'Nothing that Label Studio asked for has failed since the start.', null],

  PREDICTION_OK: ['prediction', 'ok', '%s with %s points on %s, in %s ms.', null],
  PREDICTION_SKIPPED: ['prediction', 'skipped', 'Only the running service predicts.', null],
  PREDICTION_NOBODY: ['prediction', 'warning', 'Nobody was found on %s, in %s ms.', 'Look whether there are people on it; MODE=balanced or larger finds more than smaller modes.']
} as const satisfies Record<string, readonly [check: CheckId, state: CheckLine['state'], sentence: string, remedy: string | null]>

export type CheckName = keyof typeof checkTable

/** A finding of the table, with the details of the case. @param project number of the project it is about */
export function finding (name: CheckName, details: ReadonlyArray<string | number> = [], project?: number): CheckLine {
  const [id, state, sentence, remedy] = checkTable[name]
  return checkLine(id, state, format(sentence, ...details), remedy, project)
}

/** An error as a finding; its sentence holds the remedy. @throws the error when it is none of ours */
export function findingOf (id: CheckId, error: unknown, { project, state = 'failed' }: { project?: number | undefined, state?: CheckLine['state'] } = {}): CheckLine {
  if (!isPoseError(error)) throw error
  const { sentence, remedy } = splitRemedy(error)
  return checkLine(id, state, sentence, remedy, project)
}

/** A line of the report in words of its own. */
export function checkLine (id: CheckId, state: CheckLine['state'], sentence: string, remedy: string | null, project?: number): CheckLine {
  const title = project === undefined ? checkTitles[id] : `Project ${project}, ${checkTitles[id].toLowerCase()}`
  return { id, title, ...(project !== undefined && { project }), state, sentence, ...(remedy !== null && { remedy }) }
}
