import type { Outcome, WorkerFailureCode } from './protocol.ts'

export type Failure = Extract<Outcome, { ok: false }>

/** What a stage answers: a value, or the named failure of this one picture. */
export type StageResult<Value> = { ok: true, value: Value } | Failure

export function fail (code: WorkerFailureCode, message: string): Failure {
  return { ok: false, code, message }
}

/** The text of anything that was thrown: native libraries throw errors without a code. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
