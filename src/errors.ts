/**
 * Every failure a user can meet: code, HTTP status, and a sentence that says what to do.
 * docs/errors.md is written from this table (npm run docs). `%s` takes the detail of the single case.
 */
import createError from '@fastify/error'

export const errorTable = {
  // One picture: stands in its own entry of `results`, the others are answered as usual.
  IMAGE_UNREADABLE: [422, 'The picture cannot be decoded (%s). Save it again as JPEG, PNG, WebP or AVIF.'],
  IMAGE_TRUNCATED: [422, 'The picture file is damaged or ends early (%s). Upload it again.'],
  IMAGE_FORMAT: [422, 'This picture format is not supported (%s). Use JPEG, PNG, WebP, AVIF, GIF or TIFF.'],
  IMAGE_TOO_LARGE: [422, 'The picture is too large (%s). Scale it down or raise MAX_MEGAPIXELS.'],
  IMAGE_TOO_NARROW: [422, 'The picture is too narrow to search for people (%s). Crop it less.'],
  IMAGE_TOO_MANY_BYTES: [422, 'The picture file is too large (%s). Use a smaller file or raise DOWNLOAD_MAX_MB.'],
  SOURCE_MISSING: [422, 'The task has no picture (%s). Check the value of the Image tag in the labelling interface against the task data.'],
  SOURCE_UNSUPPORTED: [422, 'This picture address is not supported (%s). Use http(s), data:, an upload, a local-files storage or a cloud storage of Label Studio.'],
  SOURCE_NOT_FOUND: [422, 'The picture does not exist (%s). Check the address, or sync the storage in Label Studio.'],
  SOURCE_DENIED: [422, 'The picture may not be read (%s). Set LABEL_STUDIO_API_KEY to a token of a user who may open the project.'],
  SOURCE_REFUSED: [422, 'The picture address is private and not allowed (%s). Add its origin to IMAGE_ORIGINS if it is meant to be reachable.'],
  SOURCE_OUTSIDE: [422, 'The picture path leaves the data folder (%s). Use a path inside it.'],
  SOURCE_FAILED: [422, 'The picture could not be fetched (%s). Check that its server is up and reachable from here.'],
  SOURCE_TIMEOUT: [422, 'The picture did not arrive in time (%s). Check its server or raise DOWNLOAD_TIMEOUT_S.'],
  FILE_UNREADABLE: [422, 'The file cannot be read (%s). Check that it is there, and that your user may read it.'],
  LABEL_STUDIO_ADDRESS: [422, 'The picture lies in Label Studio, whose address is not known (%s). Set LABEL_STUDIO_URL.'],
  LABEL_STUDIO_TOKEN: [422, 'Label Studio refused the token (%s). Create a personal access token there and set LABEL_STUDIO_API_KEY.'],
  INFERENCE_FAILED: [500, 'The network failed on this picture (%s). Try it again; if it stays, report the picture and the log.'],
  WORKER_DIED: [500, 'This picture ended a worker twice and is not tried again (%s). Remove it or save it in another format.'],
  TIME_BUDGET: [503, 'The time for this request ran out before this picture (%s). Retrieve predictions again: finished tasks are kept.'],
  NEXT_CALL: [503, 'This task is left for the next call (%s). Retrieve predictions again: finished tasks are kept.'],
  TOO_MANY_PAGES: [422, 'The task has too many pages (%s). Split it into several tasks.'],
  QUEUE_FULL: [503, 'Too many pictures are waiting (%s). Try again shortly, or raise QUEUE_SIZE or WORKERS.'],
  CANCELLED: [503, 'The request was cancelled before this picture was done (%s). Send it again.'],

  // The whole request.
  MODEL_MISSING: [503, 'No model: %s'],
  MODEL_DOWNLOADING: [503, 'The model is being downloaded (%s). Try again when it is there.'],
  MODEL_LOADING: [503, 'The model is loading (%s). Try again in a moment.'],
  MODEL_BROKEN: [503, 'The model cannot be used (%s). Replace the file in MODEL_DIR and start again.'],
  SHUTTING_DOWN: [503, 'The service is shutting down (%s). Try again when it is back.'],
  OVERLOADED: [503, 'The service is overloaded (%s). Try again shortly.'],
  LABEL_CONFIG_INVALID: [400, 'The labelling interface cannot be read (%s). Check its XML in Label Studio.'],
  LABEL_CONFIG_UNMATCHED: [422, 'The labelling interface has nothing this model can fill: %s'],
  REQUEST_INVALID: [400, 'The request is not valid (%s). See /docs for its form.'],
  BODY_TOO_LARGE: [413, 'The request body is too large (%s). Send fewer tasks at once or raise MAX_BODY_MB.'],
  HEADERS_TOO_LARGE: [431, 'The headers of the request are too large (%s). Send fewer or shorter ones.'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time (%s). Send it again, in smaller parts or over a faster line.'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'The content type is not supported (%s). Send application/json.'],
  METHOD_NOT_ALLOWED: [405, 'This address does not take this method (%s). See /docs for what it takes.'],
  NOT_FOUND: [404, 'There is nothing at this address (%s). See /docs for what there is.'],
  API_TOKEN_WRONG: [401, 'This address needs the token of the service (%s). Send "Authorization: Bearer" with the value of API_TOKEN.'],
  API_TOKEN_UNSET: [403, 'This address is answered to callers on the same machine only (%s). Set API_TOKEN and send it as bearer.'],
  BASIC_AUTH_WRONG: [401, 'This service needs user and password (%s). Send those of BASIC_AUTH_USER and BASIC_AUTH_PASS; Label Studio takes them in Settings > Model > Edit, or from label-studio-rtmpose setup.'],
  CLIENT_CERTIFICATE: [403, 'This service is answered to clients with a certificate only (%s). Send one that an authority in TLS_CLIENT_CA has signed.'],
  JOBS_UNAVAILABLE: [409, 'Jobs and reports work on projects of Label Studio, which this service has no connection to (%s). Set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY.'],
  JOB_NOT_FOUND: [404, 'There is no such job (%s). GET /jobs lists them; without REDIS_URL each service only knows its own since its start.'],
  JOB_ACTIVE: [409, 'The project has a job that is not at an end (%s). Wait for it, or cancel it first.'],
  JOB_STATE: [409, 'The job is in a state that does not allow this (%s). Look at its state in GET /jobs.'],
  JOBS_REDIS: [503, 'Redis, which holds the jobs, does not answer (%s). Check that it runs, and REDIS_URL.'],
  RATE_LIMITED: [429, 'Too many requests from this address (%s). Wait, or raise RATE_LIMIT_MAX.'],
  INTERNAL: [500, 'Something went wrong here (%s). The log holds the cause under this request id.'],

  // Of a job: in its list of failures, or why it cannot go on.
  TASK_MISSING: [422, 'The task is not there (%s). It was deleted, or belongs to another project.'],
  PREDICTION_REFUSED: [422, 'Label Studio did not store the prediction (%s). Its log says why; an interface that has changed during the job is the usual reason: resume the job.'],
  JOB_MODEL: [409, 'The job was begun with another model (%s). Resume it to go on with the present one.'],
  JOB_FAILURES: [422, 'The job was ended because too many of its tasks failed (%s). Look at the reasons, and resume it when they are gone; MAX_JOB_FAILURES is the limit.'],
  JOB_LEFTOVERS: [500, 'The job has come to its end with tasks that have neither a prediction nor a failure (%s). Resume it.'],

  // The report on a project.
  PROJECT_NOT_FOUND: [404, 'There is no such project (%s). Check its number in the address bar of Label Studio, and that the user of LABEL_STUDIO_API_KEY may open it.'],
  NOTHING_TO_MEASURE: [404, 'There is nothing to measure (%s). Annotate tasks that have predictions, and ask again.'],

  // Talking to Label Studio: commands like setup, never an answer to Label Studio itself.
  LABEL_STUDIO_UNREACHABLE: [502, 'Label Studio does not answer (%s). Check that it runs, and that its address is right as seen from here.'],
  LABEL_STUDIO_REFUSED: [502, 'Label Studio refused a request (%s). Check that the user of the token may do this.'],
  LABEL_STUDIO_ANSWER: [502, 'Label Studio answered in a form that is not known (%s). Check that the address is that of Label Studio 1.20 or newer.'],
  LABEL_STUDIO_LEGACY_TOKEN: [502, 'Label Studio takes no legacy tokens (%s). Create a personal access token there (Account & Settings > Personal Access Token), or have legacy tokens switched on (Organization > API Tokens Settings).'],
  LABEL_STUDIO_PROJECT: [502, 'The user of the token cannot use this project (%s). Check its number in the address bar of Label Studio, and that this user may change it.'],
  LABEL_STUDIO_CONFIG: [502, 'Label Studio does not take the labelling interface (%s). Annotations that are there keep their labels: delete them, or leave the interface as it is.'],
  LABEL_CONFIG_FOREIGN: [409, 'This model can fill nothing in the labelling interface of the project, and a preset in its place would end what it holds (%s). Add points or a skeleton to it by hand, or run setup again with --replace-config.'],
  PRESET_UNMATCHED: [409, 'This model finds nothing that the preset asks for, so the project would get no predictions (%s). Run setup again with a --preset that fits, or start the service with a MODE that has such points.'],
  LABEL_STUDIO_BLOCKS_BACKEND: [502, 'Label Studio refuses the address of this service because it is private (%s). Start Label Studio with ML_BLOCK_LOCAL_IP=false and SSRF_PROTECTION_ENABLED=false, both of them; or, narrower, with USE_DEFAULT_BANNED_SUBNETS=false and what stays refused in USER_ADDITIONAL_BANNED_SUBNETS.'],
  LABEL_STUDIO_BLOCKS_WEBHOOK: [502, 'Label Studio refuses to send events to a private address (%s): ML_BLOCK_LOCAL_IP=false is set there, but SSRF_PROTECTION_ENABLED=false is missing. Start Label Studio with both.'],
  LABEL_STUDIO_HOST_UNKNOWN: [502, 'Label Studio does not know the host of this service (%s). Give the address under which the machine of Label Studio reaches it: an IPv4 address, or a name that is known there.'],
  LABEL_STUDIO_WEBHOOK_ADDRESS: [502, 'Label Studio sends no events to this address (%s). Predictions work all the same; for events give the host a name with a dot and without an underscore, or use its IP address.'],
  BACKEND_UNREACHABLE: [502, 'Label Studio cannot reach this service (%s). Start it, and give the address under which the machine of Label Studio reaches it: in a container, localhost is the container itself.'],
  BACKEND_PASSWORD: [502, 'Label Studio reaches this service, but is asked for a password (%s). Enter user and password in Label Studio (Settings > Model > Edit), or run setup with BASIC_AUTH_USER and BASIC_AUTH_PASS set, or let what stands in front of the service pass it.'],
  BACKEND_UNFIT: [502, 'Label Studio reaches this service, but cannot use it (%s). Its /health says how it is.']
} as const satisfies Record<string, readonly [status: number, sentence: string]>

export type ErrorName = keyof typeof errorTable

/** One class per name, made once: a request can hold thousands of failed tasks. */
const constructors = new Map<ErrorName, ReturnType<typeof createError>>()

/** An error with `code` "POSE_ERR_<name>", `statusCode`, and the table's sentence around `detail`. */
export function createPoseError (name: ErrorName, detail: string): PoseError {
  let Constructor = constructors.get(name)
  if (Constructor === undefined) {
    const [status, sentence] = errorTable[name]
    Constructor = createError(`POSE_ERR_${name}`, sentence, status)
    constructors.set(name, Constructor)
  }
  return Object.assign(new Constructor(detail), { errorName: name, detail })
}

export type PoseError = Error & { code: string, statusCode?: number, errorName: ErrorName, detail: string }

export function isPoseError (error: unknown): error is PoseError {
  return error instanceof Error && 'errorName' in error
}
