import { setTimeout as sleep } from 'node:timers/promises'
import { createPoseError } from '../errors.ts'
import { createCancelledError } from '../inference/create-cancelled-error.ts'

/** One clock and one signal for all that fetching a picture does: files, token, tries and the waits between them. */
export interface TimeLimit {
  /** Its reason is the PoseError to throw: SOURCE_TIMEOUT, CANCELLED, or the PoseError the caller aborted with. */
  readonly signal: AbortSignal
  remainingMs (): number
  /** The promise, or the reason of the abort if that comes first. For work that takes no signal. */
  race<T> (promise: Promise<T>): Promise<T>
  wait (ms: number): Promise<void>
  /** Stops the clock, lets go of the caller's signal and ends what is still under way (bodies nobody reads). */
  end (): void
}

/** @param subject what did not arrive, for the message */
export function createTimeLimit (caller: AbortSignal, timeoutMs: number, subject: string): TimeLimit {
  const controller = new AbortController()
  const { signal } = controller
  const deadline = performance.now() + timeoutMs

  const cancel = (): void => {
    controller.abort(createCancelledError(caller, subject))
  }
  const timer = setTimeout(() => {
    controller.abort(createPoseError('SOURCE_TIMEOUT', `${subject}, after ${timeoutMs / 1000} s`))
  }, timeoutMs)
  // Not any-signal.ts: on Node 20 a long-lived signal keeps hold of every one made from it.
  caller.addEventListener('abort', cancel, { once: true })
  if (caller.aborted) cancel()

  async function race<T> (promise: Promise<T>): Promise<T> {
    let onAbort: (() => void) | undefined
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      if (signal.aborted) onAbort()
    })
    try {
      return await Promise.race([promise, aborted])
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    signal,
    race,
    remainingMs: () => deadline - performance.now(),
    async wait (ms) {
      await sleep(ms, undefined, { signal }).catch(() => { throw signal.reason })
    },
    end () {
      clearTimeout(timer)
      caller.removeEventListener('abort', cancel)
      controller.abort()
    }
  }
}
