/**
 * The Piscina pool of the networks, with an identity for each thread.
 *
 * Piscina hides which thread a job went to and which thread died. The engine needs both: to blame only the
 * pictures of a dead thread, to know the idle ones, and never to end a thread that is loading or running a
 * network (ending one in native code aborts the process). So every job names its thread through the pool's
 * load balancer, and each thread's own events are watched.
 */
import { Piscina } from 'piscina'
import type { Worker } from 'node:worker_threads'
import type { Job, Outcome, WorkerMessage, WorkerSettings } from '../../workers/protocol.ts'

export interface WorkerThread {
  readonly id: number
  /** broken: alive, but without its models. gone: ended. */
  state: 'loading' | 'ready' | 'broken' | 'gone'
  /** Jobs sent and not answered. */
  jobs: number
}

/** `died`: the thread ended with the job in it; why, in words. */
export type Answer = { died: null, outcome: Outcome } | { died: string }

export interface WorkerThreads {
  readonly ready: number
  readonly loading: number
  /** Jobs in all threads. */
  readonly jobs: number
  /** The ready thread with the fewest jobs; null when none is ready. */
  leastBusy (): WorkerThread | null
  /** Ready threads without a job. */
  idle (): WorkerThread[]
  /** Never rejects. */
  send (thread: WorkerThread, job: Job): Promise<Answer>
  /** Ends the threads as soon as none loads or works. */
  close (): Promise<void>
}

export interface WorkerThreadsOptions {
  filename: string
  count: number
  settings: WorkerSettings
  onMessage: (message: WorkerMessage) => void
  /** A thread could not load its models. */
  onBootFailure: (reason: string) => void
  /** A thread that had been ready ended unasked; a new one is being started. */
  onDeath: (reason: string) => void
  /** After every change of `ready`, `loading` or `jobs`. */
  onChange: () => void
}

export function createWorkerThreads (options: WorkerThreadsOptions): WorkerThreads {
  const threads = new Map<Worker, WorkerThread>()
  /** Threads that Piscina has opened for jobs. */
  const opened = new Set<number>()
  let chosen: WorkerThread | null = null
  let jobs = 0
  let closing = false
  let quietListener: (() => void) | null = null

  const pool = new Piscina({
    filename: options.filename,
    workerData: options.settings,
    minThreads: options.count,
    maxThreads: options.count,
    // Models take seconds to load: a thread stays for good.
    idleTimeout: Infinity,
    // One picture in the network, the next one decoding. The engine counts; this only tells Piscina.
    concurrentTasksPerWorker: 2,
    // Jobs are awaited before close; Piscina's default would terminate threads after 30 s.
    closeTimeout: 2 ** 31 - 1,
    recordTiming: false,
    // The second choice is for a thread that has just died without its event having come yet.
    loadBalancer: (_task, workers) => workers.find((worker) => worker.id === chosen?.id) ??
      [...workers].sort((a, b) => a.currentUsage - b.currentUsage)[0] ?? null
  })

  function count (state: WorkerThread['state']): number {
    let found = 0
    for (const thread of threads.values()) if (thread.state === state) found++
    return found
  }

  function isQuiet (): boolean {
    return jobs === 0 && count('loading') === 0
  }

  function changed (): void {
    if (isQuiet()) quietListener?.()
    options.onChange()
  }

  function adoptNewThreads (): void {
    for (const worker of pool.threads) {
      if (!threads.has(worker)) adopt(worker, { id: worker.threadId, state: 'loading', jobs: 0 })
    }
  }

  function adopt (worker: Worker, thread: WorkerThread): void {
    let announced = false
    threads.set(worker, thread)
    // Piscina lets the process end while threads load, which would abort it in native code.
    worker.ref()

    const becomeReady = () => {
      if (!announced || !opened.has(thread.id) || thread.state !== 'loading') return
      thread.state = 'ready'
      worker.unref()
      changed()
    }
    readyChecks.set(thread.id, becomeReady)

    worker.on('message', (message: unknown) => {
      if (!isWorkerMessage(message)) return
      options.onMessage(message)
      if (message.type === 'worker-ready') {
        announced = true
        becomeReady()
      }
      if (message.type === 'worker-broken' && thread.state === 'loading') {
        thread.state = 'broken'
        worker.unref()
        options.onBootFailure(message.message)
        changed()
      }
    })

    const end = (reason: string) => {
      if (thread.state === 'gone') return
      const before = thread.state
      thread.state = 'gone'
      threads.delete(worker)
      opened.delete(thread.id)
      readyChecks.delete(thread.id)
      // Piscina's own listener came first and has started the replacement.
      adoptNewThreads()
      if (before === 'loading') options.onBootFailure(reason)
      else if (before === 'ready' && !closing) options.onDeath(reason)
      changed()
    }
    worker.on('error', (error: unknown) => { end(error instanceof Error ? error.message : String(error)) })
    worker.on('exit', (code) => { end(`the thread exited with code ${code}`) })
  }

  const readyChecks = new Map<number, () => void>()
  pool.on('workerCreate', (worker: { id: number }) => {
    // Piscina tells this just before it opens the thread for jobs.
    queueMicrotask(() => {
      opened.add(worker.id)
      readyChecks.get(worker.id)?.()
    })
  })
  // Without a listener such an event ends the process. The threads' own listeners have told the engine.
  pool.on('error', () => {})
  adoptNewThreads()

  return {
    get ready () { return count('ready') },
    get loading () { return count('loading') },
    get jobs () { return jobs },

    leastBusy () {
      let best: WorkerThread | null = null
      for (const thread of threads.values()) {
        if (thread.state === 'ready' && (best === null || thread.jobs < best.jobs)) best = thread
      }
      return best
    },

    idle () {
      return [...threads.values()].filter((thread) => thread.state === 'ready' && thread.jobs === 0)
    },

    async send (thread, job) {
      if (thread.state !== 'ready') return { died: 'the thread had ended before' }
      thread.jobs++
      jobs++
      try {
        chosen = thread
        const running = pool.run(job, { transferList: job.kind === 'picture' ? [job.bytes.buffer] : [] })
        chosen = null
        return { died: null, outcome: await running as Outcome }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        if (isGone(thread)) return { died: reason }
        return { died: null, outcome: { ok: false, code: 'INFERENCE_FAILED', message: reason } }
      } finally {
        thread.jobs--
        jobs--
        changed()
      }
    },

    async close () {
      closing = true
      // In a loop: a thread that ends with the last job is replaced by one that loads.
      while (!isQuiet()) await new Promise<void>((resolve) => { quietListener = resolve })
      await pool.close()
    }
  }
}

/** A function of its own, so that the compiler does not take the state from before the await for granted. */
function isGone (thread: WorkerThread): boolean {
  return thread.state === 'gone'
}

function isWorkerMessage (message: unknown): message is WorkerMessage {
  return typeof message === 'object' && message !== null && 'type' in message &&
    typeof message.type === 'string' && message.type.startsWith('worker-')
}
