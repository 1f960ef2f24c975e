/**
 * The place of one worker thread: a Piscina pool of one.
 *
 * A pool of one, because Piscina hides which thread a job went to and which thread died, and replaces no thread
 * any more once a replacement could not start. So each job and each death here has a known thread, and a thread
 * that cannot load its models is tried again with a new pool, later and later.
 *
 * A thread that loads or runs a network is never ended: ending one in native code aborts the process.
 */
import { Piscina } from 'piscina'
import type { Worker } from 'node:worker_threads'
import type { Job, Outcome, WorkerMessage, WorkerSettings } from '../../workers/protocol.ts'
import { messageOf } from './message-of.ts'
import { picturesPerWorker } from '../pictures-per-worker.ts'

/** `died`: the thread ended with the job in it; why, in words. */
export type Answer = { died: null, outcome: Outcome } | { died: string }

export interface WorkerSlot {
  /**
   * starting: loads for the first time, or in place of a thread that had been ready.
   * failed: the last load failed; until a later one succeeds, while that one runs as well.
   */
  readonly state: 'starting' | 'ready' | 'failed'
  /** Why it failed; null in the other states. */
  readonly failure: string | null
  /** Jobs sent and not answered. */
  readonly jobs: number
  /** Nothing loads, works or is being ended here. */
  readonly isQuiet: boolean
  /** Never rejects. */
  send (job: Job): Promise<Answer>
  /** From now on no load is tried again, except for the thread that a death leaves behind. */
  stopRetrying (): void
  /** Ends the thread. Only while it is quiet. */
  end (): Promise<void>
}

export interface WorkerSlotOptions {
  filename: string
  settings: WorkerSettings
  /** Milliseconds from the first failed load to the next try; doubles with each further one, up to a minute. */
  retryMs: number
  onMessage: (message: WorkerMessage) => void
  /** A thread could not load its models. `nextTryMs` 0: it is tried again at once, null: not again. */
  onBootFailure: (reason: string, nextTryMs: number | null) => void
  /** A thread has loaded its models after one or more failures. */
  onRecovery: () => void
  /** A thread that had been ready ended unasked; a new one is being started. */
  onDeath: (reason: string) => void
  /** After every change of the slot. */
  onChange: () => void
}

interface Thread {
  worker: Worker
  /** broken: alive, but without its models. gone: ended. */
  state: 'loading' | 'ready' | 'broken' | 'gone'
  /** It said that its models are loaded. */
  announced: boolean
  /** Piscina has opened it for jobs. */
  opened: boolean
}

const longestRetryMs = 60_000

export function createWorkerSlot (options: WorkerSlotOptions): WorkerSlot {
  let pool: Piscina | null = null
  let thread: Thread | null = null
  let jobs = 0
  let failure: string | null = null
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let renewing = false
  let stopped = false
  let ending = false

  function open (): void {
    try {
      const opened = new Piscina({
        filename: options.filename,
        workerData: options.settings,
        minThreads: 1,
        maxThreads: 1,
        // Models take seconds to load: a thread stays for good.
        idleTimeout: Infinity,
        // The engine counts; this only tells Piscina.
        concurrentTasksPerWorker: picturesPerWorker,
        recordTiming: false,
        // Piscina's own choice would hold back the third job, crops of another thread's picture.
        loadBalancer: (_task, workers) => workers[0] ?? null
      })
      opened.on('workerCreate', () => {
        // Piscina tells this just before it opens the thread for jobs.
        queueMicrotask(() => {
          if (pool !== opened || thread === null) return
          thread.opened = true
          becomeReady(thread)
        })
      })
      // Without a listener such an event ends the process. The thread's own listeners have told the slot.
      opened.on('error', () => {})
      pool = opened
      adopt(opened)
    } catch (error) {
      // The system has no memory or no number left for a thread.
      fail(messageOf(error))
    }
  }

  /** @returns whether the pool has a thread that is not known yet */
  function adopt (owner: Piscina): boolean {
    const worker = owner.threads[0]
    if (worker === undefined || worker === thread?.worker) return false
    const mine: Thread = { worker, state: 'loading', announced: false, opened: false }
    thread = mine
    // Piscina lets the process end while threads load, which would abort it in native code.
    worker.ref()

    worker.on('message', (message: unknown) => {
      if (!isWorkerMessage(message)) return
      options.onMessage(message)
      if (message.type === 'worker-ready') {
        mine.announced = true
        becomeReady(mine)
      }
      if (message.type === 'worker-broken' && mine.state === 'loading') {
        mine.state = 'broken'
        worker.unref()
        fail(message.message)
        options.onChange()
      }
    })

    const onEnd = (reason: string) => {
      if (mine.state === 'gone') return
      const before = mine.state
      mine.state = 'gone'
      // Piscina's own listener came first and has started the replacement, unless a replacement had failed.
      const replaced = adopt(owner)
      if (before === 'ready' && !ending) options.onDeath(reason)
      if (before === 'loading' && replaced) options.onBootFailure(reason, 0)
      else if (before !== 'broken' && !replaced && !ending) fail(reason)
      options.onChange()
    }
    worker.on('error', (error: unknown) => { onEnd(messageOf(error)) })
    worker.on('exit', (code) => { onEnd(`the thread exited with code ${code}`) })
    return true
  }

  function becomeReady (mine: Thread): void {
    if (!mine.announced || !mine.opened || mine.state !== 'loading') return
    mine.state = 'ready'
    mine.worker.unref()
    clearTimeout(retry)
    if (failure !== null) options.onRecovery()
    failure = null
    failures = 0
    options.onChange()
  }

  function fail (reason: string): void {
    failure = reason
    const nextTryMs = stopped ? null : Math.min(options.retryMs * 2 ** failures, longestRetryMs)
    failures++
    clearTimeout(retry)
    if (nextTryMs !== null) retry = setTimeout(() => { renew().catch(() => {}) }, nextTryMs).unref()
    options.onBootFailure(reason, nextTryMs)
  }

  async function renew (): Promise<void> {
    renewing = true
    await endPool()
    renewing = false
    if (!stopped && !isLoading()) open()
    options.onChange()
  }

  async function endPool (): Promise<void> {
    // A worker without its models answers every job with a failure. Its answer shows that it loads nothing any more.
    if (thread?.state === 'broken') await pool?.run(createEmptyJob()).catch(() => {})
    if (!isLoading()) await pool?.destroy()
  }

  function isLoading (): boolean {
    return thread?.state === 'loading'
  }

  open()

  return {
    get state () {
      if (thread?.state === 'ready') return 'ready'
      return failure === null ? 'starting' : 'failed'
    },
    get failure () { return failure },
    get jobs () { return jobs },
    get isQuiet () { return jobs === 0 && !renewing && !isLoading() },

    async send (job) {
      const mine = thread
      if (pool === null || mine?.state !== 'ready') return { died: 'the thread had ended before' }
      jobs++
      try {
        const running = pool.run(job, { transferList: job.kind === 'picture' || job.kind === 'draw' ? [job.bytes.buffer] : [] })
        return { died: null, outcome: await running as Outcome }
      } catch (error) {
        const reason = messageOf(error)
        if (isGone(mine)) return { died: reason }
        return { died: null, outcome: { ok: false, code: 'INFERENCE_FAILED', message: reason } }
      } finally {
        jobs--
        options.onChange()
      }
    },

    stopRetrying () {
      stopped = true
      clearTimeout(retry)
    },

    async end () {
      stopped = true
      ending = true
      clearTimeout(retry)
      await endPool()
    }
  }
}

function createEmptyJob (): Job {
  return {
    kind: 'crops',
    pixels: { rgb: new SharedArrayBuffer(0), width: 0, height: 0 },
    boxes: new Float32Array(0),
    cancel: new SharedArrayBuffer(4)
  }
}

/** A function of its own, so that the compiler does not take the state from before the await for granted. */
function isGone (thread: Thread): boolean {
  return thread.state === 'gone'
}

function isWorkerMessage (message: unknown): message is WorkerMessage {
  return typeof message === 'object' && message !== null && 'type' in message &&
    typeof message.type === 'string' && message.type.startsWith('worker-')
}
