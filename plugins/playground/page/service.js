/**
 * What the page asks of its service. Addresses are relative to where this file lies, so that a path prefix of a proxy stays in front.
 * @typedef {import('../page-facts.ts').PageFacts} PageFacts
 * @typedef {import('../../../src/prediction/pose-service.ts').ServiceHealth} ServiceHealth
 * @typedef {import('../../../src/label-studio/prediction-schema.ts').ShortPrediction} ShortPrediction
 * @typedef {import('../../../src/label-studio/prediction-schema.ts').FailedPrediction} FailedPrediction
 * @typedef {import('../../../src/check/check-report.ts').CheckReport} CheckReport
 * @typedef {import('../../../src/picture-files/picture-record.ts').PictureRecord} PictureRecord
 */

/** Where the service is, with a slash at the end. */
export const serviceAddress = new URL('../', import.meta.url)

/** Milliseconds that /health, which waits for nothing, may take. */
const healthMs = 10_000

/** A request that has failed. Its message is a sentence for the user. */
export class ServiceError extends Error {
  /**
   * @param {string} message
   * @param {string} code that of docs/errors.md; NO_ANSWER when none came
   */
  constructor (message, code) {
    super(message)
    this.name = 'ServiceError'
    this.code = code
  }
}

/** @returns {Promise<PageFacts>} */
export async function getFacts () {
  return await askJson('playground/facts.json')
}

/** @returns {Promise<ServiceHealth>} */
export async function getHealth () {
  return await askJson('health', { signal: AbortSignal.timeout(healthMs) })
}

/**
 * The people on a picture with all their points, however unsure.
 * @param {string} dataUri
 * @param {AbortSignal} signal
 * @returns {Promise<ShortPrediction>}
 * @throws {ServiceError}
 */
export async function findPeople (dataUri, signal) {
  /** @type {{ results: [ShortPrediction | FailedPrediction] }} */
  const { results: [entry] } = await askJson('predict', { signal, body: { tasks: [{ data: { image: dataUri } }], params: { confidence_threshold: 0 } } })
  if ('error' in entry) throw new ServiceError(entry.error, entry.code ?? '')
  return entry
}

/**
 * @param {{ format: 'label-studio' | 'coco', preset?: string, pictures: PictureRecord[] }} body
 * @returns {Promise<string>} JSON, one level of it on lines of their own
 * @throws {ServiceError}
 */
export async function exportPictures (body) {
  return JSON.stringify(await askJson('playground/export', { body }), null, 1)
}

/**
 * @param {string} preset
 * @returns {Promise<string>}
 * @throws {ServiceError}
 */
export async function getLabelConfig (preset) {
  return await (await ask(`label-config?preset=${encodeURIComponent(preset)}`)).text()
}

/**
 * @param {string} token empty where none is needed
 * @returns {Promise<CheckReport>}
 * @throws {ServiceError}
 */
export async function runChecks (token) {
  return await askJson('check', { token })
}

/**
 * @param {string} path
 * @param {Parameters<typeof ask>[1]} [options]
 * @returns {Promise<any>}
 */
async function askJson (path, options) {
  const answer = await ask(path, options)
  try {
    return await answer.json()
  } catch {
    throw new ServiceError('The answer broke off, or is not of this service. Look whether it still runs and what the proxy in front of it says, then try again.', 'NO_ANSWER')
  }
}

/**
 * @param {string} path below the service
 * @param {{ body?: object, token?: string, signal?: AbortSignal }} [options]
 * @returns {Promise<Response>}
 */
async function ask (path, { body, token, signal } = {}) {
  /** @type {Response} */
  let answer
  try {
    answer = await fetch(new URL(path, serviceAddress), {
      // Login and cookie of the service, or of a proxy in front of it, go along. Not with a token, which takes the place of a login:
      // without them the refusal of a wrong one opens no window of the browser that asks for a password.
      credentials: token ? 'omit' : 'same-origin',
      cache: 'no-cache',
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      ...(signal && { signal })
    })
  } catch (error) {
    if (signal?.aborted && signal.reason?.name !== 'TimeoutError') throw error
    throw new ServiceError('The service does not answer. Check that it still runs, then try again.', 'NO_ANSWER')
  }
  if (answer.ok) return answer
  /** @type {{ message?: string, code?: string } | null} */
  const refusal = await answer.json().catch(() => null)
  throw new ServiceError(refusal?.message ?? `The service refused (${answer.status} ${answer.statusText}). A proxy in front of it may have its own limits.`, refusal?.code ?? '')
}
