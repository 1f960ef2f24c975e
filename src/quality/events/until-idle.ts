import { setImmediate as turn } from 'node:timers/promises'

/** A turn of the event loop that takes no longer has found nearly nothing to do, in milliseconds. */
const idleTurnMs = 2

/** Lets everything go first that waits for the thread; after so long it goes on all the same. */
export async function untilIdle (mostMs: number): Promise<void> {
  const until = performance.now() + mostMs
  for (;;) {
    const before = performance.now()
    await turn()
    const after = performance.now()
    if (after - before <= idleTurnMs || after >= until) return
  }
}
