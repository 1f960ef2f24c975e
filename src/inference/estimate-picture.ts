import type { Person } from '../../models/person.ts'
import type { BoxSource, CropsResult, Outcome, PictureResult, SharedPixels, StageTimes } from '../../workers/protocol.ts'
import { splitBoxes } from './split-boxes.ts'
import { unwrapOutcome } from './unwrap-outcome.ts'
import type { Answer, WorkerSlot } from './worker-slot.ts'
import type { WorkerThreads } from './worker-threads.ts'

export interface Picture {
  bytes: Uint8Array<ArrayBuffer>
  boxSource: BoxSource
  /** undefined: that of the settings. */
  confidenceThreshold: number | undefined
  cancel: SharedArrayBuffer
  /** Idle threads may take a part of the crops. */
  mayShare: boolean
}

export type Found = Omit<Extract<PictureResult, { stage: 'done' }>, 'stage'>
/** `died`: a thread ended with the picture or a part of it; why, in words. */
export type Attempt = { died: null, found: Found } | { died: string }

type Detected = { pixels: SharedPixels, boxes: Float32Array, times: StageTimes }

/**
 * One try to estimate one picture: in one thread, or, when others have nothing to do, with its crops spread
 * over them. `finish` compares the people of the whole picture with each other (as the worker does itself
 * when it has all of them).
 * @throws PoseError IMAGE_*, INFERENCE_FAILED, CANCELLED
 */
export async function estimatePicture (threads: WorkerThreads, picture: Picture, finish: (people: Person[]) => Person[], onWarning: (warning: string) => void): Promise<Attempt> {
  const thread = threads.leastBusy()
  if (thread === null) return { died: 'no worker thread was left' }
  const { boxSource, confidenceThreshold, cancel } = picture
  // Boxes drawn by a person are one or two, and stay as they are: nothing to spread, nothing to compare.
  const shareCrops = picture.mayShare && boxSource.kind !== 'boxes' && threads.idle().some((other) => other !== thread)
  // Others that start have their mapped copies in a moment; a first picture need not wait alone.
  const hasIdleCore = picture.mayShare && (shareCrops || threads.starting > 0)
  // A copy travels and the original stays for a second try: files are small against their pixels.
  const bytes = new Uint8Array(picture.bytes)
  const answer = await thread.send({ kind: 'picture', bytes, boxSource, cancel, shareCrops, hasIdleCore, ...(confidenceThreshold !== undefined && { confidenceThreshold }) })
  if (answer.died !== null) return answer
  const result = readValue(answer.outcome, onWarning) as PictureResult
  if (result.stage === 'done') return { died: null, found: result }

  const answers = await sendCrops(threads, thread, result, cancel)
  const dead = answers.find((share) => share.died !== null)
  if (dead !== undefined) return dead
  return { died: null, found: mergeShares(answers as Alive[], result, finish, onWarning) }
}

/** Waits for every share even when one fails: a picture tried again must not meet its own remains. */
async function sendCrops (threads: WorkerThreads, decoder: WorkerSlot, detected: Detected, cancel: SharedArrayBuffer): Promise<Answer[]> {
  const own = decoder.state === 'ready' ? decoder : threads.leastBusy()
  if (own === null) return [{ died: 'no worker thread was left' }]
  const team = [own, ...threads.idle().filter((thread) => thread !== own)]
  const { pixels } = detected
  return await Promise.all(splitBoxes(detected.boxes, team.length).map((boxes, index) =>
    (team[index] ?? own).send({ kind: 'crops', pixels, boxes, cancel })))
}

type Alive = Extract<Answer, { died: null }>

function mergeShares (answers: Alive[], detected: Detected, finish: (people: Person[]) => Person[], onWarning: (warning: string) => void): Found {
  const shares = answers.map((answer) => readValue(answer.outcome, onWarning) as CropsResult)
  return {
    width: detected.pixels.width,
    height: detected.pixels.height,
    people: finish(shares.flatMap((share) => share.people)),
    // The shares ran side by side.
    times: { ...detected.times, poseMs: Math.max(0, ...shares.map((share) => share.times.poseMs)) }
  }
}

function readValue (outcome: Outcome, onWarning: (warning: string) => void): Extract<Outcome, { ok: true }>['value'] {
  for (const warning of outcome.ok ? outcome.warnings ?? [] : []) onWarning(warning)
  return unwrapOutcome(outcome)
}
