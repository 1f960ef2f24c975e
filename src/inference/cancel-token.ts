import { onAbort } from './on-abort.ts'

/** A flag that a busy thread can read: its event loop stands still, so no message would reach it. */
export interface CancelToken {
  /** Int32, not 0 = stop. */
  flag: SharedArrayBuffer
  /** Unhooks the signal. Call it when the work is over: signals of long requests outlive their pictures. */
  release: () => void
}

export function createCancelToken (signal: AbortSignal): CancelToken {
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  const view = new Int32Array(flag)
  const release = onAbort(signal, () => { Atomics.store(view, 0, 1) })
  return { flag, release }
}
