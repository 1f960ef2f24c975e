import type { Worker } from 'bullmq'

export interface WorkerPauses {
  /** After a fault: nothing is fetched for a second. */
  rest (): void
  /** Nothing is fetched until release(). @returns resolves when nothing is in hand any more */
  hold (): Promise<void>
  release (): Promise<void>
}

/** BullMQ fetches again at once where Redis answers but refuses, without end and as fast as it can. */
const restMs = 1000

/** Pauses of a worker for two reasons: the end of the one does not end the other, and leaves no timer. */
export function createWorkerPauses (worker: Pick<Worker, 'pause' | 'resume'>): WorkerPauses {
  let resting: NodeJS.Timeout | null = null
  let held: Promise<void> | null = null

  async function pause (): Promise<void> {
    if (resting !== null) {
      // BullMQ waits for what is in hand only where it was not paused already. Nothing is fetched between the two.
      clearTimeout(resting)
      resting = null
      worker.resume()
    }
    await worker.pause()
  }

  return {
    rest () {
      if (held !== null || resting !== null) return
      resting = setTimeout(() => {
        resting = null
        worker.resume()
      }, restMs).unref()
      worker.pause(true)
    },
    hold () {
      held ??= pause()
      return held
    },
    async release () {
      held = null
      await worker.resume()
    }
  }
}
