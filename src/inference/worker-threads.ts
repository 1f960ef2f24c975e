/**
 * The worker threads of the networks: as many slots, each with one thread.
 *
 * The engine must know each thread by itself: to blame only the pictures of a dead thread, to know the idle ones,
 * and never to end a thread that is loading or running a network (ending one in native code aborts the process).
 */
import { createWorkerSlot, type WorkerSlot, type WorkerSlotOptions } from './worker-slot.ts'

export interface WorkerThreads {
  readonly ready: number
  /** Threads that load for the first time or wait for the first one to do so, or load in place of one that had been ready. */
  readonly starting: number
  /** Why a thread is missing: its models could not be loaded, and no later try has succeeded. null: none is missing. */
  readonly failure: string | null
  /** The ready thread with the fewest jobs; null when none is ready. */
  leastBusy (): WorkerSlot | null
  /** Ready threads without a job. */
  idle (): WorkerSlot[]
  /** Stops further tries at once, waits for `work`, and ends the threads as soon as none loads or works. */
  close (work: Promise<void>): Promise<void>
}

export interface WorkerThreadsOptions extends WorkerSlotOptions {
  count: number
  /** Asked when the first thread is ready: what the others wait for; null: nothing. */
  beforeOthers?: () => Promise<void> | null
}

export function createWorkerThreads ({ count, onChange, beforeOthers, ...options }: WorkerThreadsOptions): WorkerThreads {
  let quietListener: (() => void) | null = null
  const slots: WorkerSlot[] = []
  let closing = false
  let preparing: Promise<void> | null = null
  let prepared = beforeOthers === undefined
  // The first thread loads alone: it shares the cores with the rest of the program's start, and answers all the sooner.
  addSlot()
  addOthers()

  function addSlot (): void {
    slots.push(createWorkerSlot({ ...options, onChange: changed }))
  }

  function addOthers (): void {
    const first = slots[0]
    if (closing || slots.length === count || first === undefined || first.state === 'starting' || preparing !== null) return
    if (!prepared && first.state === 'ready') {
      prepared = true
      preparing = beforeOthers?.() ?? null
      if (preparing !== null) {
        const resume = () => {
          preparing = null
          changed()
        }
        preparing.then(resume, resume)
        return
      }
    }
    while (slots.length < count) addSlot()
  }

  function changed (): void {
    addOthers()
    if (isQuiet()) quietListener?.()
    onChange()
  }

  function isQuiet (): boolean {
    return slots.every((slot) => slot.isQuiet)
  }

  function inState (state: WorkerSlot['state']): WorkerSlot[] {
    return slots.filter((slot) => slot.state === state)
  }

  return {
    get ready () { return inState('ready').length },
    get starting () { return inState('starting').length + (closing || preparing !== null ? 0 : count - slots.length) },
    get failure () { return inState('failed')[0]?.failure ?? null },

    leastBusy () {
      return inState('ready').reduce<WorkerSlot | null>((best, slot) => best === null || slot.jobs < best.jobs ? slot : best, null)
    },

    idle () {
      return inState('ready').filter((slot) => slot.jobs === 0)
    },

    async close (work) {
      closing = true
      for (const slot of slots) slot.stopRetrying()
      await work
      // In a loop: a thread that ends with the last job is replaced by one that loads.
      while (!isQuiet()) await new Promise<void>((resolve) => { quietListener = resolve })
      await Promise.all(slots.map((slot) => slot.end()))
    }
  }
}
