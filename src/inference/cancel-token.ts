/** A flag that a busy thread can read: its event loop stands still, so no message would reach it. */
export interface CancelToken {
  /** Int32, not 0 = stop. */
  flag: SharedArrayBuffer
  cancelled: () => boolean
  /** Unhooks the signal. Call it when the work is over: signals of long requests outlive their pictures. */
  release: () => void
}

export function createCancelToken (signal: AbortSignal): CancelToken {
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const view = new Int32Array(flag)
  const cancel = () => { Atomics.store(view, 0, 1) }
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return {
    flag,
    cancelled: () => Atomics.load(view, 0) !== 0,
    release: () => { signal.removeEventListener('abort', cancel) }
  }
}
