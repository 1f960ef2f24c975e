import { createConfidenceCalibration } from '../models/confidence/confidence-calibration.ts'
import { keypointSets } from '../models/keypoint-sets.ts'
import { filterPoints } from '../models/people/filter-points.ts'
import { leastPersonScore } from '../models/people/least-person-score.ts'
import { selectPeople } from '../models/people/select-people.ts'
import type { Person } from '../models/person.ts'
import { chooseClickedBoxes, readDrawnBoxes } from './detector/choose-boxes.ts'
import { createDetector } from './detector/detector.ts'
import { drawPeople } from './drawing/draw-people.ts'
import { decodeImage } from './image/decode-image.ts'
import type { Picture } from './image/picture.ts'
import { createLock } from './lock.ts'
import { fail, messageOf, type StageResult } from './outcome.ts'
import { createPoseEstimator } from './pose/pose-estimator.ts'
import { toPerson } from './pose/to-person.ts'
import type { CropsJob, DrawJob, Job, Outcome, PictureJob, PictureResult, SharedPixels, StageTimes, WorkerSettings } from './protocol.ts'
import type { Networks } from './session/load-networks.ts'
import type { DetectorGraph } from './session/read-detector-graph.ts'
import type { PoseGraph } from './session/read-pose-graph.ts'

export type Handler = (job: Job) => Promise<Outcome>

const CANCELLED = fail('CANCELLED', 'it was called off')

/**
 * From a job to its outcome. Never throws. May be called again before the first job is done: then the next picture
 * decodes while this one is in the networks, which take one picture at a time.
 */
export function createPipeline (networks: Networks, detectorGraph: DetectorGraph, poseGraph: PoseGraph, settings: WorkerSettings): Handler {
  const detector = createDetector(networks, detectorGraph, settings.detectorThreshold)
  const pose = createPoseEstimator(networks, poseGraph)
  const calibrate = createConfidenceCalibration(settings.calibration ?? null)
  const keypointSet = keypointSets[poseGraph.entry.keypointSet]
  const inNetworks = createLock()

  async function runPicture (job: PictureJob): Promise<Outcome> {
    const isCancelled = cancelReader(job.cancel)
    if (isCancelled()) return CANCELLED
    const decodeTimer = startTimer()
    const decoded = await decodeImage(job.bytes, settings.maxPixels)
    const decodeMs = decodeTimer()
    if (!decoded.ok) return decoded
    return await inNetworks(async () => await estimatePicture(job, decoded.value, isCancelled, decodeMs))
  }

  async function estimatePicture (job: PictureJob, picture: Picture, isCancelled: () => boolean, decodeMs: number): Promise<Outcome> {
    if (isCancelled()) return CANCELLED
    const detectTimer = startTimer()
    const found = await findBoxes(job, picture)
    if (!found.ok) return found
    // Bounds the work; twice, because duplicates among them will still go.
    const boxes = found.value.subarray(0, settings.maxPeople * 2 * 5)
    const times = { decodeMs, detectMs: detectTimer(), poseMs: 0 }
    if (job.shareCrops && job.boxSource.kind !== 'boxes' && boxes.length > 5) {
      return done({ stage: 'detected', pixels: sharePixels(picture), boxes: boxes.slice(), times })
    }
    const people = await estimatePeople(picture, boxes, isCancelled, times)
    if (people === null) return CANCELLED
    const selected = selectAll(people, job)
    return done({ stage: 'done', width: picture.width, height: picture.height, people: selected, times })
  }

  async function findBoxes ({ boxSource, hasIdleCore }: PictureJob, picture: Picture): Promise<StageResult<Float32Array>> {
    const { width, height } = picture
    if (boxSource.kind === 'boxes') return { ok: true, value: readDrawnBoxes(boxSource.boxes, width, height) }
    const found = await detector.detect(picture, hasIdleCore === true)
    if (!found.ok || boxSource.kind === 'detector') return found
    return { ok: true, value: chooseClickedBoxes(found.value, boxSource.clicks, width, height) }
  }

  async function runCrops (job: CropsJob): Promise<Outcome> {
    return await inNetworks(async () => {
      const { rgb, width, height } = job.pixels
      const times = { decodeMs: 0, detectMs: 0, poseMs: 0 }
      const people = await estimatePeople({ rgb: new Uint8Array(rgb), width, height }, job.boxes, cancelReader(job.cancel), times)
      return people === null ? CANCELLED : { ok: true, value: { stage: 'crops', people, times } }
    })
  }

  async function draw ({ bytes, people, keypointSet: id, maxSide, format }: DrawJob): Promise<Outcome> {
    const drawn = await drawPeople(bytes, people, keypointSets[id], { maxSide, format, maxPixels: settings.maxPixels })
    return drawn.ok ? { ok: true, value: { stage: 'drawn', file: drawn.value } } : drawn
  }

  /** Between two pictures: a session must not end while it runs. */
  async function remap (): Promise<Outcome> {
    return await inNetworks(async () => ({ ok: true, value: { stage: 'remapped', networks: await networks.remap() } }))
  }

  async function estimatePeople (picture: Picture, boxes: Float32Array, isCancelled: () => boolean, times: StageTimes): Promise<Person[] | null> {
    const timer = startTimer()
    const poses = await pose.estimate(picture, boxes, isCancelled)
    times.poseMs = timer()
    return poses?.map((keypoints, index) => toPerson(boxes, index, keypoints, picture.width, picture.height)) ?? null
  }

  function selectAll (people: Person[], { boxSource, confidenceThreshold = settings.confidenceThreshold }: PictureJob): Person[] {
    if (boxSource.kind === 'boxes') return selectDrawn(people, confidenceThreshold)
    return selectPeople(people, keypointSet, { confidenceThreshold, calibrate, maxPeople: settings.maxPeople, leastScore: leastPersonScore(boxSource, poseGraph.entry) })
  }

  /** No suppression: whoever draws two boxes wants two poses, however alike. */
  function selectDrawn (people: Person[], confidenceThreshold: number): Person[] {
    return people.map((person) => filterPoints(person, { confidenceThreshold, calibrate, fewestPoints: 1 }))
      .filter((person) => person !== null)
      .sort((a, b) => b.score - a.score)
      .slice(0, settings.maxPeople)
  }

  return async (job) => {
    try {
      if (job.kind === 'remap') return await remap()
      if (job.kind === 'draw') return await draw(job)
      return job.kind === 'picture' ? await runPicture(job) : await runCrops(job)
    } catch (error) {
      return fail('INFERENCE_FAILED', messageOf(error))
    }
  }
}

function done (value: PictureResult): Outcome {
  return { ok: true, value }
}

function cancelReader (cancel: SharedArrayBuffer): () => boolean {
  const flag = new Int32Array(cancel)
  return () => Atomics.load(flag, 0) !== 0
}

function startTimer (): () => number {
  const start = performance.now()
  return () => performance.now() - start
}

/** Shared memory instead of a message: every helping thread reads the same pixels. */
function sharePixels ({ rgb, width, height }: Picture): SharedPixels {
  const shared = new SharedArrayBuffer(rgb.length)
  new Uint8Array(shared).set(rgb)
  return { rgb: shared, width, height }
}
