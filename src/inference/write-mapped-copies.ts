import { spawn, type ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'
import type { MappedCopiesOrder } from '../../workers/protocol.ts'
import { workerFile } from '../worker-file.ts'
import { messageOf } from './message-of.ts'

/** Longest last words of the process that are kept. */
const mostText = 2000

export interface MappedCopiesWriter {
  /** Resolves with null when the copies are there, else with the reason why not. Never rejects. */
  readonly done: Promise<string | null>
  /** Ends it at once. What it has begun is removed some day by another. */
  stop (): void
}

/** Writes mapped copies in a process of its own, which can be ended at any moment and gives all its memory back. */
export function writeMappedCopies (order: MappedCopiesOrder): MappedCopiesWriter {
  let child: ChildProcess
  try {
    child = spawn(process.execPath, [...process.execArgv, workerFile('write-mapped-copies'), JSON.stringify(order)], { stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    return { done: Promise.resolve(messageOf(error)), stop () {} }
  }
  // Pictures go first.
  if (child.pid !== undefined) {
    try {
      setPriority(child.pid, constants.priority.PRIORITY_LOW)
    } catch {}
  }
  // A process that only waits for this one may end.
  child.unref()
  let text = ''
  child.stderr!.on('data', (chunk: Buffer) => { text = (text + chunk.toString()).slice(-mostText) })
  const done = new Promise<string | null>((resolve) => {
    child.once('error', (error) => { resolve(error.message) })
    child.once('close', (code, signal) => { resolve(code === 0 ? null : text.trim() || `it ended with ${signal ?? code}`) })
  })
  return { done, stop () { child.kill('SIGKILL') } }
}
