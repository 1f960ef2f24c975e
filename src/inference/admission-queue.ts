/**
 * A bounded waiting room in front of a few slots: decoder and network threads, downloads, a parser.
 *
 * Own code, because Piscina can only remove a queued task through a `signal`, and a signal ends the thread
 * (which aborts the process while a network runs) and lifts the bound of its queue.
 *
 * - A piece of work starts when a slot is free, never earlier: what waits here can still be withdrawn.
 * - Order: interactive before single before batch before background, first come first served inside a class.
 * - An aborted signal removes waiting work at once. Work that has started holds its slot until its promise
 *   settles; stopping it early is its own business.
 * - When `limit` pieces wait, further ones are refused at once.
 */
import { AsyncResource } from 'node:async_hooks'
import { createPoseError } from '../errors.ts'
import { createCancelledError } from './create-cancelled-error.ts'
import { onAbort } from './on-abort.ts'
import type { Priority } from './pose-engine.ts'

export interface AdmissionQueue {
  /**
   * Waits for a slot, then runs `work` and settles as it does.
   * @throws PoseError QUEUE_FULL at once, CANCELLED (or the signal's reason) while waiting, what `work` throws
   */
  run<T> (priority: Priority, signal: AbortSignal, work: () => Promise<T>): Promise<T>
  /** More slots take effect at once, fewer as running work ends. 0 holds everything back. */
  setSlots (slots: number): void
  /** Fails everything that waits; later calls of `run` are not affected. */
  rejectWaiting (createError: () => Error): void
  /** Resolves when nothing waits and nothing runs. */
  whenEmpty (): Promise<void>
  readonly waiting: number
  readonly running: number
  /** Milliseconds that the piece of work waits which has waited longest; 0 when none does. */
  readonly oldestMs: number
}

export interface AdmissionQueueOptions {
  slots: number
  /** Most pieces of work waiting, those with a slot not counted. */
  limit: number
  /** What a piece too many gets; by default QUEUE_FULL. */
  createFullError?: (waiting: number) => Error
}

interface Entry {
  since: number
  start: () => void
  reject: (error: Error) => void
}

export function createAdmissionQueue (options: AdmissionQueueOptions): AdmissionQueue {
  // Sets keep the order of arrival and remove from the middle in constant time.
  const classes: Record<Priority, Set<Entry>> = { interactive: new Set(), single: new Set(), batch: new Set(), background: new Set() }
  const inOrder = [classes.interactive, classes.single, classes.batch, classes.background]
  const createFullError = options.createFullError ?? ((waiting) => createPoseError('QUEUE_FULL', `${waiting} waiting`))
  let slots = options.slots
  let waiting = 0
  let running = 0
  let emptyListeners: Array<() => void> = []

  function remove (from: Set<Entry>, entry: Entry): boolean {
    if (!from.delete(entry)) return false
    waiting--
    return true
  }

  function fillSlots (): void {
    for (const entries of inOrder) {
      for (const entry of entries) {
        if (running >= slots) return
        remove(entries, entry)
        entry.start()
      }
    }
  }

  function reportEmpty (): void {
    if (waiting > 0 || running > 0) return
    const listeners = emptyListeners
    emptyListeners = []
    for (const listener of listeners) listener()
  }

  async function hold<T> (work: () => Promise<T>): Promise<T> {
    running++
    try {
      return await work()
    } finally {
      running--
      fillSlots()
      reportEmpty()
    }
  }

  return {
    run<T> (priority: Priority, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
      if (signal.aborted) return Promise.reject(createCancelledError(signal, 'before it waited'))
      if (running < slots && waiting === 0) return hold(work)
      if (waiting >= options.limit) return Promise.reject(createFullError(waiting))
      return new Promise<T>((resolve, reject) => {
        const entries = classes[priority]
        const entry: Entry = {
          since: performance.now(),
          // It is started by work of somebody else that ends; what it does belongs to the trace of who has asked for it.
          start: AsyncResource.bind(() => {
            letGo()
            hold(work).then(resolve, reject)
          }),
          reject: (error) => {
            letGo()
            reject(error)
          }
        }
        const letGo = onAbort(signal, () => {
          if (!remove(entries, entry)) return
          reject(createCancelledError(signal, 'while it waited'))
          reportEmpty()
        })
        entries.add(entry)
        waiting++
      })
    },

    setSlots (count) {
      slots = count
      fillSlots()
    },

    rejectWaiting (createError) {
      for (const entries of inOrder) {
        for (const entry of entries) {
          remove(entries, entry)
          entry.reject(createError())
        }
      }
      reportEmpty()
    },

    whenEmpty () {
      if (waiting === 0 && running === 0) return Promise.resolve()
      return new Promise((resolve) => { emptyListeners.push(resolve) })
    },

    get waiting () { return waiting },
    get running () { return running },
    get oldestMs () {
      const now = performance.now()
      // The first of a class has waited longest in it.
      return Math.max(...inOrder.map((entries) => entries.values().next().value).map((first) => first === undefined ? 0 : now - first.since))
    }
  }
}
