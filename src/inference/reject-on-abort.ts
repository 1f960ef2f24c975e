import { createCancelledError } from './create-cancelled-error.ts'
import { onAbort } from './on-abort.ts'

/**
 * Settles like `promise`, but at once when the signal is aborted: a caller need not wait until a thread has
 * noticed. The work itself goes on until it sees the abort.
 * @throws PoseError CANCELLED, or the signal's reason when that is a PoseError.
 */
export function rejectOnAbort<T> (promise: Promise<T>, signal: AbortSignal, where: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const release = onAbort(signal, () => { reject(createCancelledError(signal, where)) })
    promise.then(
      (value) => { release(); resolve(value) },
      (error: unknown) => { release(); reject(error) }
    )
  })
}
