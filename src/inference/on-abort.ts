import { setMaxListeners } from 'node:events'

/**
 * Calls `leave` once when `signal` aborts, now if it is aborted already.
 * All pictures of a request, or of a job, listen to one signal: many listeners are no leak here.
 * @returns lets go of the signal. Call it when the work is over: signals of long requests outlive their pictures
 */
export function onAbort (signal: AbortSignal, leave: () => void): () => void {
  if (signal.aborted) {
    leave()
    return () => {}
  }
  setMaxListeners(0, signal)
  signal.addEventListener('abort', leave, { once: true })
  return () => { signal.removeEventListener('abort', leave) }
}
