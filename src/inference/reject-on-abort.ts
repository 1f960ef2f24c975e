import { createCancelledError } from './create-cancelled-error.ts'

/**
 * Settles like `promise`, but at once when the signal is aborted: a caller need not wait until a thread has
 * noticed. The work itself goes on until it sees the abort.
 * @throws PoseError CANCELLED, or the signal's reason when that is a PoseError.
 */
export function rejectOnAbort<T> (promise: Promise<T>, signal: AbortSignal, where: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => { reject(createCancelledError(signal, where)) }
    const release = () => { signal.removeEventListener('abort', onAbort) }
    promise.then(
      (value) => { release(); resolve(value) },
      (error: unknown) => { release(); reject(error) }
    )
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
