import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { anySignal } from './any-signal.ts'

export interface FolderLockOptions {
  /** Of the lock, inside the folder. */
  name: string
  /** Without it, it waits as long as another holds the lock. */
  signal?: AbortSignal | undefined
  /** Called after each look while another process holds the lock. @returns true when waiting is of no use any more */
  onWait? (): Promise<boolean>
  /** A holder that gives no sign for so long has crashed. */
  staleMs?: number
  /** Between two looks, a second where it is not said. */
  pollMs?: number
  /** With what the signal of `work` fires when the lock was lost. */
  lostReason?: Error
}

const STALE_MS = 20_000
const POLL_MS = 1000

/**
 * Runs `work` in one process at a time among all that share the folder, replicas on other machines included. The lock is a
 * folder whose time its holder renews: it outlives a crash by `staleMs` only.
 * @param work gets a signal that also fires when the lock was lost (a machine that slept)
 * @returns the result, or null when `onWait` ended the waiting
 * @throws what `work` throws; the reason of `signal`; Error of the file system when the folder cannot be written
 */
export async function withFolderLock<T> (folder: string, { name, signal = new AbortController().signal, onWait = async () => false, staleMs = STALE_MS, pollMs = POLL_MS, lostReason = new Error('the lock of the folder was lost') }: FolderLockOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const lost = new AbortController()
  while (true) {
    signal.throwIfAborted()
    let release: () => Promise<void>
    try {
      release = await lock(folder, {
        lockfilePath: join(folder, name),
        stale: staleMs,
        update: staleMs / 4,
        realpath: false,
        retries: 0,
        onCompromised: () => { lost.abort(lostReason) }
      })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error
      if (await onWait()) return null
      await sleep(pollMs, undefined, { signal }).catch(() => { signal.throwIfAborted() })
      continue
    }
    try {
      return await work(anySignal([signal, lost.signal]))
    } finally {
      // Whoever has lost it does not hold it.
      await release().catch(() => {})
    }
  }
}
