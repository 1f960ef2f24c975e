/** What every thread of the pool runs. No top-level await: TypeScript loaders that go through CommonJS cannot have it. */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import type { WorkerSettings } from './protocol.ts'
import { startWorker } from './start-worker.ts'

// On Linux this lowers the calling thread alone: the main thread, which answers /health, goes first (docs/decisions/0006).
if (process.platform === 'linux') setPriority(10)

/** Resolves to the handler of jobs; the pool waits for it. */
export default startWorker(workerData as WorkerSettings, (message) => { parentPort?.postMessage(message) })
