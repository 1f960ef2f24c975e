export interface PageGate {
  /**
   * Lets a page in, beside others or alone.
   * @returns what to call at its end; null: not now, it should be put back
   */
  enter (isAlone: boolean): (() => void) | null
}

/** For this long others are put back so that a page may come in alone; it may also have gone to another replica. */
const reservedMs = 10_000

/**
 * Keeps a page that may have ended its process apart from all others of this one. They must not even wait here meanwhile: whatever a process
 * has in hand when it ends shares the blame.
 */
export function createPageGate (now: () => number = Date.now): PageGate {
  let running = 0
  let hasSuspect = false
  let reservedUntil = 0

  return {
    enter (isAlone) {
      if (isAlone && running > 0) reservedUntil = now() + reservedMs
      if (hasSuspect || (isAlone ? running > 0 : now() < reservedUntil)) return null
      if (isAlone) reservedUntil = 0
      hasSuspect = isAlone
      running++
      return () => {
        running--
        hasSuspect = false
      }
    }
  }
}
