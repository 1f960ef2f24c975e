/**
 * The environment, read once. The only place that looks at process.env.
 * .env.example and docs/configuration.md are written from this schema (npm run docs).
 */
import { readdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import envSchema from 'env-schema'
import Type, { type Static } from 'typebox'
import { detectorChoices, modes, type DetectorChoice, type Mode } from '../models/modes.ts'
import type { Device } from '../workers/protocol.ts'
import { planMemory, usualDownloads, type MemoryPlan } from './container/plan-memory.ts'
import { readMachine, type Machine } from './container/read-machine.ts'

/** Our own annotations of a variable; Ajv only has to know that they are none of its keywords. */
interface Annotations { default: string | number | boolean, description: string, group: string, allowed?: string, secret?: boolean }
const vocabulary = ['group', 'allowed', 'secret']

const redisAllowed = 'an address that begins with redis:// or rediss://'
const originsAllowed = 'origins (http://host or https://host, with :port where needed, without path, user or *), comma-separated'

/** What no schema can say: whether the text, or each entry of a comma-separated list, can be used. */
const addressChecks: Record<string, { isValid: (entry: string) => boolean, list: boolean }> = {
  TRUST_PROXY: { isValid: isProxyRange, list: true },
  CORS_ORIGINS: { isValid: isOrigin, list: true },
  IMAGE_ORIGINS: { isValid: isOrigin, list: true },
  LABEL_STUDIO_URL: { isValid: isServiceAddress, list: false },
  MODEL_MIRROR: { isValid: isServiceAddress, list: false },
  OTEL_EXPORTER_OTLP_ENDPOINT: { isValid: isServiceAddress, list: false },
  REDIS_URL: { isValid: isRedisAddress, list: false }
}

/** One property per variable, in the order a reader needs them. `group` makes the headings of the table. */
export const EnvironmentSchema = Type.Object({
  MODE: Type.Unsafe<Mode>({ type: 'string', enum: Object.keys(modes), default: 'balanced', group: 'Model', description: 'Speed against accuracy: lightweight, balanced or performance (133 points); the same with body- (17 points) or feet- (26 points); starter = small models that are built in' }),
  DETECTOR: Type.Unsafe<DetectorChoice | ''>({ type: 'string', enum: ['', ...Object.keys(detectorChoices)], default: '', allowed: `empty, ${Object.keys(detectorChoices).join(', ')}`, group: 'Model', description: 'Another detector than that of MODE, by its size: trained with Human-Art (pictures for non-commercial use), or on COCO alone; empty = that of MODE' }),
  MODEL_FALLBACK: Type.Unsafe<'starter' | 'none'>({ type: 'string', enum: ['starter', 'none'], default: 'starter', group: 'Model', description: 'When the files of MODE cannot be had: starter = serve with the small models that are built in, and say so; none = answer /predict with 503' }),
  MODEL_DOWNLOAD: Type.Unsafe<'auto' | 'never'>({ type: 'string', enum: ['auto', 'never'], default: 'auto', group: 'Model', description: 'auto = download the files of MODE that are missing; never = take only what is in MODEL_DIR' }),
  MODEL_MIRROR: Type.String({ default: '', allowed: 'an address that begins with http:// or https://, without user, password and query', group: 'Model', description: 'Address that is asked first for model files: <MODEL_MIRROR>/<file>.onnx or .zip' }),
  DEVICE: Type.String({ default: 'cpu', pattern: '^(cpu|mps|cuda(:[0-9]{1,2})?)$', allowed: 'cpu, cuda, cuda:N or mps', group: 'Model', description: 'Where the networks run. A device that cannot be had falls back to cpu; /health says so' }),
  BACKEND: Type.String({ default: 'onnxruntime', pattern: '^onnxruntime$', allowed: 'onnxruntime (the only runtime of this service)', group: 'Model', description: 'Runtime of the networks' }),
  PRECISION: Type.Unsafe<'fp32' | 'int8'>({ type: 'string', enum: ['fp32', 'int8'], default: 'fp32', group: 'Model', description: 'int8 = use the copies that `label-studio-rtmpose models quantize` has made and found good, or those that the starter models bring along; a network without one runs in fp32, and /health says so' }),
  CONFIDENCE_THRESHOLD: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Literal('')], { default: '', group: 'Model', description: 'Points below this confidence are left out; empty = the value of the pose network, 0.3 for all but starter' }),
  DETECTOR_THRESHOLD: Type.Union([Type.Number({ minimum: 0, maximum: 1 }), Type.Literal('')], { default: '', group: 'Model', description: 'Boxes at or below this score are dropped; empty = the value of the detector' }),
  MODEL_DIR: Type.String({ default: '', group: 'Model', description: 'Folder of the model files; empty = label-studio-rtmpose/models in the user\'s cache folder' }),
  DETECTOR_MODEL: Type.String({ default: '', group: 'Model', description: 'Own detector: an .onnx, or a .json in the registry\'s schema' }),
  POSE_MODEL: Type.String({ default: '', group: 'Model', description: 'Own pose network: an .onnx, or a .json in the registry\'s schema' }),
  CALIBRATION_FILE: Type.String({ default: '', group: 'Model', description: 'Confidences of the points as annotators have borne them out: the file that `label-studio-rtmpose evaluate --write-calibration` has written' }),
  MAPPED_MODELS: Type.Boolean({ default: true, group: 'Model', description: 'Keep optimised copies of large networks in MODEL_DIR/mapped, whose memory all workers and processes share; they load in milliseconds and take as much disk as the models' }),
  PRELOAD: Type.Boolean({ default: true, group: 'Model', description: 'false = load the models at the first request' }),

  HOST: Type.String({ default: '127.0.0.1', minLength: 1, group: 'Server', description: 'Address to listen on; 0.0.0.0 = all (the container\'s setting); localhost is 127.0.0.1' }),
  PORT: Type.Integer({ default: 9090, minimum: 0, maximum: 65535, group: 'Server', description: 'Port to listen on; 0 = any free one' }),
  WORKERS: Type.Integer({ default: 0, minimum: 0, maximum: 256, group: 'Server', description: 'Worker threads, each with its own sessions; 0 = one per processor core that the container may use, fewer where its memory does not hold them' }),
  PLAYGROUND: Type.Boolean({ default: true, group: 'Server', description: 'Answer browsers at / with a page to try pictures on, see docs/playground.md; false = the JSON of /health for them too' }),
  LOG_LEVEL: Type.Union(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level)), { default: 'info', group: 'Server', description: 'Least level that is logged' }),
  TRUST_PROXY: Type.String({ default: '', allowed: 'IP addresses, CIDR ranges, loopback, linklocal or uniquelocal, comma-separated', group: 'Server', description: 'Addresses or CIDR ranges of the proxies in front, comma-separated; their X-Forwarded-For is believed' }),
  TLS_CERT: Type.String({ default: '', group: 'Server', description: 'File of the certificate, in PEM form with those between it and the authority: the service speaks HTTPS. New files are taken without a restart. Empty = HTTP' }),
  TLS_KEY: Type.String({ default: '', group: 'Server', description: 'File of the key of TLS_CERT, in PEM form' }),
  TLS_CLIENT_CA: Type.String({ default: '', group: 'Server', description: 'File of authorities, in PEM form: callers need a certificate signed by one of them, all but for /health, /ready and /live' }),
  CORS_ORIGINS: Type.String({ default: '', allowed: originsAllowed, group: 'Server', description: 'Origins whose pages may call the service, comma-separated; empty = none (Label Studio needs none)' }),
  API_TOKEN: Type.String({ default: '', pattern: '^([\\x21-\\x7e]{16,200})?$', allowed: '16 to 200 printable ASCII characters without spaces', group: 'Server', secret: true, description: 'Whoever sends it as bearer, or as password of any user, may call what acts with the token of Label Studio or tells about its projects: /check, /jobs, /projects; empty = only callers on this machine may. Label Studio needs none' }),
  BASIC_AUTH_USER: Type.String({ default: '', pattern: '^([\\x20-\\x39\\x3b-\\x7e]{1,100})?$', allowed: '1 to 100 printable ASCII characters without a colon', group: 'Server', description: 'User that callers name, with BASIC_AUTH_PASS as password (HTTP Basic, as Label Studio sends it where it is entered with the model): all but for /health, /ready and /live. Empty = nobody is asked' }),
  BASIC_AUTH_PASS: Type.String({ default: '', pattern: '^([\\x21-\\x7e]{12,200})?$', allowed: '12 to 200 printable ASCII characters without spaces', group: 'Server', secret: true, description: 'Password of BASIC_AUTH_USER' }),
  METRICS: Type.Union([Type.Literal('on'), Type.Literal('token'), Type.Literal('off')], { default: 'on', group: 'Server', description: 'Who gets /metrics: on = everybody, token = who /check is answered to (API_TOKEN), off = nobody, and nothing is counted' }),
  OTEL_EXPORTER_OTLP_ENDPOINT: Type.String({ default: '', allowed: 'empty, or an address that begins with http:// or https://, without user, password and query', group: 'Server', description: 'Collector of OpenTelemetry that gets traces, for example http://collector:4318; its other standard variables are in docs/traces.md. Empty = no traces' }),
  CLOSE_DELAY_S: Type.Number({ default: 0, minimum: 0, maximum: 60, group: 'Server', description: 'After SIGTERM /ready answers 503, but requests are taken for so long, until balancers have noticed; then those accepted are finished' }),
  RATE_LIMIT_MAX: Type.Integer({ default: 600, minimum: 0, group: 'Server', description: 'Requests per client and window; 0 = no limit. Label Studio (when LABEL_STUDIO_URL is set) and probes are exempt' }),
  RATE_LIMIT_WINDOW_S: Type.Integer({ default: 60, minimum: 1, maximum: 86_400, group: 'Server', description: 'Length of the window in seconds' }),

  LABEL_STUDIO_URL: Type.String({ default: '', allowed: 'an address that begins with http:// or https://, without user, password and query', group: 'Label Studio', description: 'Address of Label Studio as seen from here' }),
  LABEL_STUDIO_API_KEY: Type.String({ default: '', group: 'Label Studio', secret: true, description: 'Personal access token or legacy token of a user who may open the pictures' }),
  DATA_DIR: Type.String({ default: '', group: 'Label Studio', description: 'Label Studio\'s data folder, if mounted here (holds media/upload): uploads are read from it' }),
  LOCAL_FILES_DIR: Type.String({ default: '', group: 'Label Studio', description: 'Folder behind local-files storages (LOCAL_FILES_DOCUMENT_ROOT there), if mounted here' }),
  IMAGE_ORIGINS: Type.String({ default: '', allowed: originsAllowed, group: 'Label Studio', description: 'Origins that pictures may come from although their address is private' }),
  KEYPOINT_SIZE: Type.Number({ default: 0.3, minimum: 0.05, maximum: 5, group: 'Label Studio', description: 'Size of a point in the editor, percent of the picture\'s width' }),

  REDIS_URL: Type.String({ default: '', allowed: `empty, or ${redisAllowed}`, group: 'Jobs', secret: true, description: 'Redis that holds the jobs, so that all replicas share them and they outlive each; empty = jobs of this process alone' }),
  REDIS_PREFIX: Type.String({ default: 'label-studio-rtmpose', pattern: '^[A-Za-z0-9_.-]{1,100}$', allowed: 'letters, digits, _ . -', group: 'Jobs', description: 'Beginning of all keys in Redis. Services with the same share their jobs: they must see the same Label Studio' }),
  JOB_BATCH_SIZE: Type.Integer({ default: 50, minimum: 1, maximum: 250, group: 'Jobs', description: 'Tasks of one page: what is written together, and what replicas share' }),
  JOB_PAGES_PER_MINUTE: Type.Integer({ default: 120, minimum: 1, maximum: 100_000, group: 'Jobs', description: 'Pages begun in a minute, by all replicas together: bounds what Label Studio has to take' }),
  JOB_TAKEOVER_S: Type.Number({ default: 30, minimum: 1, maximum: 3600, group: 'Jobs', description: 'With Redis: after this time the pages of a replica that is gone go to another one' }),
  MAX_JOBS: Type.Integer({ default: 100, minimum: 1, maximum: 10_000, group: 'Jobs', description: 'Most jobs that are remembered; the oldest that are at an end go first' }),
  MAX_JOB_FAILURES: Type.Integer({ default: 10_000, minimum: 1, maximum: 1_000_000, group: 'Jobs', description: 'A job with more failed tasks is ended: something is wrong with all of them' }),

  CACHE_MB: Type.Union([Type.Literal(''), Type.Integer({ minimum: 0, maximum: 100_000 })], { default: '', group: 'Bounds', description: 'Memory for finished results; 0 = off; empty = 64, less where memory is short' }),
  // A body is one string while it is parsed, and V8's longest holds 512 MiB.
  MAX_BODY_MB: Type.Union([Type.Literal(''), Type.Integer({ minimum: 1, maximum: 500 })], { default: '', group: 'Bounds', description: 'Largest body of /predict and /webhook (Label Studio sends all chosen tasks at once); empty = 256, less where memory is short' }),
  MAX_TASKS: Type.Integer({ default: 5000, minimum: 1, maximum: 100_000, group: 'Bounds', description: 'Most tasks in one request (and pages in one task)' }),
  MAX_ANSWER_MB: Type.Union([Type.Literal(''), Type.Integer({ minimum: 1, maximum: 2000 })], { default: '', group: 'Bounds', description: 'Largest answer of one request, and half of what all answers hold together; tasks beyond either are left for the next call. Empty = 256, less where memory is short' }),
  MAX_CONNECTIONS: Type.Integer({ default: 1000, minimum: 0, maximum: 1_000_000, group: 'Bounds', description: 'Most connections at once, idle ones and those of probes counted; further ones are closed without an answer; 0 = as many as the system gives' }),
  MAX_REQUESTS: Type.Integer({ default: 32, minimum: 1, maximum: 1000, group: 'Bounds', description: 'Requests of /predict worked on at once; further ones get 503' }),
  MAX_MEGAPIXELS: Type.Union([Type.Literal(''), Type.Number({ exclusiveMinimum: 0, maximum: 1000 })], { default: '', group: 'Bounds', description: 'Largest picture, checked before it is decoded; empty = 100, less where memory is short' }),
  MAX_PEOPLE: Type.Integer({ default: 50, minimum: 1, maximum: 1000, group: 'Bounds', description: 'Most people per picture; the highest scores stay' }),
  QUEUE_SIZE: Type.Integer({ default: 1000, minimum: 1, maximum: 1_000_000, group: 'Bounds', description: 'Most pictures waiting; further ones are left for the next call' }),
  EVENT_QUEUE_SIZE: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000, group: 'Bounds', description: 'Most events of /webhook waiting to be counted, MAX_BODY_MB together; further ones are answered and not counted' }),
  MAX_QUALITY_TASKS: Type.Integer({ default: 5000, minimum: 1, maximum: 1_000_000, group: 'Bounds', description: 'Most annotated tasks that one report of GET /projects/{id}/quality reads; it says how many were left' }),
  MODEL_MAX_MB: Type.Integer({ default: 1000, minimum: 1, maximum: 100_000, group: 'Bounds', description: 'Largest model file or archive that is downloaded' }),
  DOWNLOAD_MAX_MB: Type.Union([Type.Literal(''), Type.Integer({ minimum: 1, maximum: 500 })], { default: '', group: 'Bounds', description: 'Largest picture file; empty = 50, less where memory is short' }),
  DOWNLOAD_TIMEOUT_S: Type.Number({ default: 30, exclusiveMinimum: 0, maximum: 600, group: 'Bounds', description: 'Longest wait for one picture file, retries included' }),
  DOWNLOADS: Type.Integer({ default: usualDownloads, minimum: 1, maximum: 256, group: 'Bounds', description: 'Pictures fetched at once; so many of DOWNLOAD_MAX_MB have room in memory, and six more' }),
  REQUEST_BUDGET_S: Type.Number({ default: 80, exclusiveMinimum: 0, maximum: 3600, group: 'Bounds', description: 'Longest /predict; Label Studio gives up after 90 to 100 s. What is not done by then is left for the next call' })
})

/** The schema of one variable with our annotations. */
export const variables = EnvironmentSchema.properties as unknown as Record<string, Annotations & Record<string, unknown>>

type Environment = Static<typeof EnvironmentSchema>

/** The environment in the program's own terms. Lists are split, folders resolved, sizes in bytes, times in ms. */
export type Config = Readonly<ReturnType<typeof toConfig>>

/** A wrong value. Its message is a whole sentence for the person who starts the service. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/**
 * @param machine what the process may use, which decides over settings that are not set
 * @throws ConfigError whose message names variable, value and what is allowed
 */
export function loadConfig (env: NodeJS.ProcessEnv = process.env, machine = readMachine()): Config {
  const data: Record<string, string | undefined> = {}
  for (const [name, schema] of Object.entries(variables)) {
    const value = env[name]?.trim()
    if (value === undefined) continue
    // An empty variable is how compose files say "not set".
    if (value === '' && schema.default !== '') continue
    data[name] = value
    checkAddresses(name, value)
    checkFinite(name, value)
  }
  return Object.freeze(toConfig(checkAll(data), env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), machine))
}

/** One compiled schema for the usual case; only a wrong value is looked for variable by variable. */
function checkAll (data: Record<string, string | undefined>): Environment {
  try {
    return check<Environment>(EnvironmentSchema, data)
  } catch (error) {
    for (const [name, value] of Object.entries(data)) explain(name, value!)
    throw error
  }
}

/** A copy of the schema goes in, because env-schema writes into it. */
function check<T> (schema: object, data: Record<string, unknown>): T {
  return envSchema<T>({ schema: structuredClone(schema), data, env: false, ajv: { customOptions: (ajv) => ajv.addVocabulary(vocabulary) } })
}

/** Checks one variable alone, so that the sentence can name it, its value and what is allowed. */
function explain (name: string, value: string): void {
  const schema = variables[name]!
  try {
    check({ type: 'object', properties: { [name]: schema } }, { [name]: value })
  } catch {
    throw invalid(name, schema.secret ? '(hidden)' : value)
  }
}

/** What the schema cannot say of addresses. */
function checkAddresses (name: string, value: string): void {
  const addresses = addressChecks[name]
  const entries = addresses?.list ? splitList(value) : [value].filter((text) => text !== '')
  const wrong = entries.find((entry) => addresses?.isValid(entry) === false)
  if (wrong !== undefined) throw invalid(name, variables[name]!.secret ? '(hidden)' : hideCredentials(wrong), entries.length > 1 ? `, entry ${entries.indexOf(wrong) + 1} of ${entries.length},` : '')
}

/** Ajv reads Infinity and 1e999 as numbers, and its bounds do not hold for what is not finite. */
function checkFinite (name: string, value: string): void {
  const { type, anyOf = [] } = variables[name]! as { type?: string, anyOf?: Array<{ type?: string }> }
  const isNumber = [type, ...anyOf.map((option) => option.type)].some((each) => each === 'number' || each === 'integer')
  if (isNumber && Math.abs(Number(value)) === Infinity) throw invalid(name, value)
}

function invalid (name: string, value: string, which = ''): ConfigError {
  return new ConfigError(`${name}=${value}${which} is not valid: allowed is ${describeAllowed(name)}.`)
}

/** Passwords stand before an @, and may hold a question mark; tokens stand behind one. */
function hideCredentials (address: string): string {
  return address.replace(/(^|\/\/).*@/s, '$1(hidden)@').replace(/\?.*$/s, '?(hidden)')
}

/** What proxy-addr, which reads the list for Fastify, takes; of its forms only those that leave no doubt. */
function isProxyRange (text: string): boolean {
  if (text === 'loopback' || text === 'linklocal' || text === 'uniquelocal') return true
  const [address = '', bits, ...rest] = text.split('/')
  const family = address.includes('%') ? 0 : isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^[1-9][0-9]{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}

/** scheme://host[:port] and nothing else. */
function isOrigin (text: string): boolean {
  return /^https?:\/\/[^\s/\\?#@*,]+$/i.test(text) && URL.canParse(text)
}

/** http(s)://host[:port][/path], without user, password and query. */
export function isServiceAddress (text: string): boolean {
  return /^https?:\/\/[^\s/\\?#@*]+(\/[^\s\\?#]*)?$/i.test(text) && URL.canParse(text)
}

function isRedisAddress (text: string): boolean {
  return /^rediss?:\/\/[^\s]+$/i.test(text) && URL.canParse(text)
}

/** What a variable may hold, in words; also a column of the configuration table. */
export function describeAllowed (name: string): string {
  const schema = variables[name]!
  if (schema.allowed) return schema.allowed
  if (Array.isArray(schema['anyOf'])) return schema['anyOf'].map((option) => describeOption(option)).join(', ')
  return describeOption(schema)
}

function describeOption (schema: Record<string, unknown>): string {
  if ('const' in schema) return schema['const'] === '' ? 'empty' : String(schema['const'])
  if (Array.isArray(schema['enum'])) return schema['enum'].join(', ')
  if (schema['type'] === 'boolean') return 'true or false'
  if (schema['type'] !== 'number' && schema['type'] !== 'integer') return 'text'
  const from = schema['exclusiveMinimum'] !== undefined ? `above ${schema['exclusiveMinimum']}` : `from ${schema['minimum']}`
  const to = schema['maximum'] !== undefined ? ` to ${schema['maximum']}` : ''
  return `${schema['type'] === 'integer' ? 'a whole number' : 'a number'} ${from}${to}`
}

/** @throws ConfigError when one of the files is named alone */
function tlsOf ({ TLS_CERT: cert, TLS_KEY: key, TLS_CLIENT_CA: clientCa }: Environment): { cert: string, key: string, clientCa: string | null } | null {
  if (cert === '' && key === '' && clientCa === '') return null
  for (const [name, value] of [['TLS_CERT', cert], ['TLS_KEY', key]] as const) {
    if (value === '') throw new ConfigError(`${name} is not set: HTTPS needs TLS_CERT and TLS_KEY; for HTTP leave both and TLS_CLIENT_CA empty.`)
  }
  return { cert, key, clientCa: clientCa || null }
}

/** @throws ConfigError when one of the two is given alone */
function basicAuthOf ({ BASIC_AUTH_USER: user, BASIC_AUTH_PASS: password }: Environment): { user: string, password: string } | null {
  if (user === '' && password === '') return null
  for (const [name, value] of [['BASIC_AUTH_USER', user], ['BASIC_AUTH_PASS', password]] as const) {
    if (value === '') throw new ConfigError(`${name} is not set: callers are asked for BASIC_AUTH_USER and BASIC_AUTH_PASS together; to ask nobody leave both empty.`)
  }
  return { user, password }
}

/** What the memory of the machine means for the settings that are not set. */
function planOf (env: Environment, modelDir: string, machine: Machine): MemoryPlan {
  const numberOrNull = (value: number | '') => value === '' ? null : value
  return planMemory({
    workers: env.WORKERS || null,
    cacheMB: numberOrNull(env.CACHE_MB),
    maxBodyMB: numberOrNull(env.MAX_BODY_MB),
    maxAnswerMB: numberOrNull(env.MAX_ANSWER_MB),
    maxMegapixels: numberOrNull(env.MAX_MEGAPIXELS),
    downloadMaxMB: numberOrNull(env.DOWNLOAD_MAX_MB),
    downloads: env.DOWNLOADS
  }, {
    mode: env.MODE,
    areOwn: env.DETECTOR_MODEL !== '' && env.POSE_MODEL !== '',
    isMapped: env.MAPPED_MODELS,
    hasCopies: hasMappedCopies(modelDir)
  }, machine)
}

/** Of a detector and a pose network; whether they are those of MODE shows when they are opened. */
function hasMappedCopies (modelDir: string): boolean {
  try {
    return readdirSync(join(modelDir, 'mapped'), { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).length >= 2
  } catch {
    return false
  }
}

function toConfig (env: Environment, cacheDir: string, machine: Machine) {
  const MiB = 1024 * 1024
  const modelDir = env.MODEL_DIR || join(cacheDir, 'label-studio-rtmpose', 'models')
  const plan = planOf(env, modelDir, machine)
  return {
    mode: env.MODE,
    detector: env.DETECTOR === '' ? null : detectorChoices[env.DETECTOR],
    modelFallback: env.MODEL_FALLBACK,
    modelDownload: env.MODEL_DOWNLOAD,
    modelMirror: env.MODEL_MIRROR || null,
    modelMaxBytes: env.MODEL_MAX_MB * MiB,
    device: parseDevice(env.DEVICE),
    precision: env.PRECISION,
    confidenceThreshold: env.CONFIDENCE_THRESHOLD === '' ? null : env.CONFIDENCE_THRESHOLD,
    detectorThreshold: env.DETECTOR_THRESHOLD === '' ? null : env.DETECTOR_THRESHOLD,
    modelDir,
    detectorModel: env.DETECTOR_MODEL || null,
    poseModel: env.POSE_MODEL || null,
    calibrationFile: env.CALIBRATION_FILE || null,
    mapped: env.MAPPED_MODELS ? { dir: join(modelDir, 'mapped'), leastBytes: 16 * MiB } : null,
    preload: env.PRELOAD,
    // For this name Fastify opens a second server beside ours, without our bounds for connections and without renewed certificates.
    host: env.HOST === 'localhost' ? '127.0.0.1' : env.HOST,
    port: env.PORT,
    workers: plan.workers,
    /** What has been derived from the memory and the cores, and whether it fits. */
    memory: { machine, plan },
    playground: env.PLAYGROUND,
    logLevel: env.LOG_LEVEL,
    trustProxy: splitList(env.TRUST_PROXY),
    tls: tlsOf(env),
    corsOrigins: splitList(env.CORS_ORIGINS).map(toOrigin),
    apiToken: env.API_TOKEN || null,
    basicAuth: basicAuthOf(env),
    metrics: env.METRICS,
    tracesEndpoint: env.OTEL_EXPORTER_OTLP_ENDPOINT ? env.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/+$/, '') : null,
    closeDelayMs: env.CLOSE_DELAY_S * 1000,
    rateLimitMax: env.RATE_LIMIT_MAX,
    rateLimitWindowMs: env.RATE_LIMIT_WINDOW_S * 1000,
    labelStudioUrl: env.LABEL_STUDIO_URL ? env.LABEL_STUDIO_URL.replace(/\/+$/, '') : null,
    labelStudioApiKey: env.LABEL_STUDIO_API_KEY || null,
    dataDir: env.DATA_DIR || null,
    localFilesDir: env.LOCAL_FILES_DIR || null,
    imageOrigins: splitList(env.IMAGE_ORIGINS).map(toOrigin),
    keypointSize: env.KEYPOINT_SIZE,
    redisUrl: env.REDIS_URL || null,
    redisPrefix: env.REDIS_PREFIX,
    jobBatchSize: env.JOB_BATCH_SIZE,
    jobPagesPerMinute: env.JOB_PAGES_PER_MINUTE,
    jobTakeOverMs: env.JOB_TAKEOVER_S * 1000,
    maxJobs: env.MAX_JOBS,
    maxJobFailures: env.MAX_JOB_FAILURES,
    cacheBytes: plan.cacheMB * MiB,
    maxBodyBytes: plan.maxBodyMB * MiB,
    maxTasks: env.MAX_TASKS,
    maxAnswerBytes: plan.maxAnswerMB * MiB,
    maxConnections: env.MAX_CONNECTIONS,
    maxRequests: env.MAX_REQUESTS,
    maxPixels: Math.floor(plan.maxMegapixels * 1e6),
    maxPeople: env.MAX_PEOPLE,
    queueSize: env.QUEUE_SIZE,
    eventQueueSize: env.EVENT_QUEUE_SIZE,
    maxQualityTasks: env.MAX_QUALITY_TASKS,
    downloadMaxBytes: plan.downloadMaxMB * MiB,
    downloadTimeoutMs: env.DOWNLOAD_TIMEOUT_S * 1000,
    downloads: env.DOWNLOADS,
    requestBudgetMs: env.REQUEST_BUDGET_S * 1000
  }
}

/**
 * Since 1.29 onnxruntime reports sessions and names of models to Microsoft, and keeps an identifier in the user's cache folder,
 * unless ORT_DISABLE_TELEMETRY is set when it is loaded. It reads the environment of the process, which only the main thread
 * can change: a worker has a copy. @see https://github.com/microsoft/onnxruntime/pull/27379
 */
export function forbidRuntimeTelemetry (): void {
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
}

function parseDevice (text: string): Device {
  const [name, index = '0'] = text.split(':')
  return { name: name as Device['name'], index: Number(index) }
}

/** As browsers and URL write it: small letters, no default port. */
function toOrigin (text: string): string {
  return new URL(text).origin
}

function splitList (text: string): string[] {
  return text.split(',').map((item) => item.trim()).filter((item) => item !== '')
}
