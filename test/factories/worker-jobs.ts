import type { Outcome, PictureJob } from '../../workers/protocol.ts'

type Value = Extract<Outcome, { ok: true }>['value']

/** A job for one picture; the bytes are copied, since jobs own theirs. */
export function pictureJob (bytes: Uint8Array, overrides: Partial<PictureJob> = {}): PictureJob {
  return { kind: 'picture', bytes: new Uint8Array(bytes), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false, ...overrides }
}

/** The result of that stage. @throws Error when the outcome is something else */
export function expectStage<Stage extends Value['stage']> (outcome: Outcome, stage: Stage): Extract<Value, { stage: Stage }> {
  if (!outcome.ok) throw new Error(`${outcome.code}: ${outcome.message}`)
  if (outcome.value.stage !== stage) throw new Error(`stage ${outcome.value.stage} instead of ${stage}`)
  return outcome.value as Extract<Value, { stage: Stage }>
}
