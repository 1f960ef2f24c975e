import { readPicture } from './read-picture.js'
import { findPeople, ServiceError } from './service.js'
import { toRecord } from './to-record.js'

/**
 * @typedef {import('./service.js').ShortPrediction} ShortPrediction
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 * @typedef {import('../page-facts.ts').PageLimits} PageLimits
 */

/**
 * @typedef {object} Picture
 * @property {string} name
 * @property {Blob} file
 * @property {string} modified
 * @property {string} url
 * @property {'waiting' | 'working' | 'done' | 'failed'} state
 * @property {HTMLImageElement | null} image null until it is read, and when the browser cannot show it
 * @property {PictureRecord | null} record with all points, however unsure
 * @property {number} serviceThreshold
 * @property {ShortPrediction['timing'] | null} timing
 * @property {number} roundTripMs from sending the picture to having its people
 * @property {string | null} note
 * @property {{ message: string, code: string } | null} error
 * @property {AbortController} stop
 */

/** Requests in flight: the service has others to answer. */
const atOnce = 2
/** Pictures that are held. */
export const mostPictures = 24

/**
 * Whether it only came too early: it is sent again when the model is there.
 * @param {Picture} picture
 */
export function waitsForModel ({ error }) {
  return error?.code === 'POSE_ERR_MODEL_DOWNLOADING' || error?.code === 'POSE_ERR_MODEL_LOADING'
}

/** Pictures in the order they came, each on its way to its people. Tells of every change by an event "change". */
export class PictureQueue extends EventTarget {
  /** @type {Picture[]} */
  pictures = []

  /** @param {PageLimits} limits */
  constructor (limits) {
    super()
    this.limits = limits
  }

  /**
   * @param {ReadonlyArray<File>} files
   * @returns {{ added: Picture[], leftOut: number }} left out: there is no room
   */
  add (files) {
    const added = files.slice(0, mostPictures - this.pictures.length).map((file) => {
      /** @type {Picture} */
      const picture = {
        name: this.#freeName(file.name || 'picture'),
        file,
        modified: new Date(file.lastModified).toISOString(),
        url: URL.createObjectURL(file),
        state: 'waiting',
        image: null,
        record: null,
        serviceThreshold: 0,
        timing: null,
        roundTripMs: 0,
        note: null,
        error: null,
        stop: new AbortController()
      }
      this.pictures.push(picture)
      return picture
    })
    this.#pump()
    return { added, leftOut: files.length - added.length }
  }

  /** @param {...Picture} gone all at once, so that none begins that goes next */
  remove (...gone) {
    for (const picture of gone) {
      picture.stop.abort()
      URL.revokeObjectURL(picture.url)
    }
    this.pictures = this.pictures.filter((picture) => !gone.includes(picture))
    this.#pump()
  }

  /** @param {(picture: Picture) => boolean} which of those that failed */
  retry (which) {
    for (const picture of this.pictures) {
      if (picture.state === 'failed' && which(picture)) Object.assign(picture, { state: 'waiting', error: null })
    }
    this.#pump()
  }

  #pump () {
    for (const picture of this.pictures) {
      if (this.pictures.filter(({ state }) => state === 'working').length >= atOnce) break
      if (picture.state === 'waiting') this.#work(picture)
    }
    this.#tell()
  }

  /** @param {Picture} picture */
  async #work (picture) {
    picture.state = 'working'
    try {
      picture.image ??= await loadImage(picture.url)
      picture.stop.signal.throwIfAborted()
      const { dataUri, note } = await readPicture(picture.file, picture.image, this.limits)
      picture.note = note
      this.#tell()
      const started = performance.now()
      const prediction = await findPeople(dataUri, picture.stop.signal)
      picture.roundTripMs = performance.now() - started
      picture.record = toRecord(prediction, { name: picture.name, bytes: picture.file.size, modified: picture.modified }, sizeOf(picture, prediction))
      picture.serviceThreshold = prediction.confidence_threshold
      picture.timing = prediction.timing ?? null
      picture.state = 'done'
    } catch (error) {
      picture.state = 'failed'
      picture.error = error instanceof ServiceError ? error : { message: String(error instanceof Error ? error.message : error), code: '' }
    }
    this.#pump()
  }

  /** Exports are told apart by names. @param {string} name */
  #freeName (name) {
    const taken = new Set(this.pictures.map((picture) => picture.name))
    let free = name
    for (let count = 2; taken.has(free); count++) free = name.replace(/(\.[^.]*)?$/, (ending) => ` (${count})${ending}`)
    return free
  }

  #tell () {
    this.dispatchEvent(new Event('change'))
  }
}

/**
 * @param {string} url
 * @returns {Promise<HTMLImageElement | null>} null: the browser cannot read it; the service may, or says why not
 */
async function loadImage (url) {
  const image = new Image()
  return await new Promise((resolve) => {
    image.onload = () => { resolve(image) }
    image.onerror = () => { resolve(null) }
    image.src = url
  })
}

/**
 * That of the file. The browser's differs where the file names a density; the service's is another where the picture was shrunk for it.
 * @param {Picture} picture
 * @param {ShortPrediction} prediction
 */
function sizeOf ({ image, note }, { original_width: width = 1, original_height: height = 1 }) {
  return image === null || note === null ? { width, height } : { width: image.naturalWidth, height: image.naturalHeight }
}
