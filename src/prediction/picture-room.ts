import { createCancelledError } from '../inference/create-cancelled-error.ts'
import { onAbort } from '../inference/on-abort.ts'
import type { Priority } from '../inference/pose-engine.ts'
import { picturesOfPriority } from '../room-in-pictures.ts'

export interface PictureRoom {
  /**
   * Waits until there is room for a picture of the largest size, and keeps it.
   * @throws PoseError CANCELLED, or the signal's reason, while it waits
   */
  enter (priority: Priority, signal: AbortSignal): Promise<Place>
  readonly heldBytes: number
}

export interface Place {
  /** The picture is here, and has so many bytes: the rest is given back. */
  keep (bytes: number): void
  /** The picture is gone. */
  leave (): void
}

export interface PictureRoomOptions {
  /** Of one picture. */
  maxBytes: number
  /** So many of the largest fill the room; roomInPictures tells what comes on top. */
  pictures: number
}

const inOrder = ['interactive', 'single', 'batch', 'background'] as const satisfies readonly Priority[]

/**
 * Bounds the bytes of all fetched picture files in hand: while they are fetched, wait for a worker and are in one. How long a file is
 * shows at its end, so a fetch begins only where the largest would fit; usual ones give nearly all of that back at once.
 */
export function createPictureRoom ({ maxBytes, pictures }: PictureRoomOptions): PictureRoom {
  const waiting: Record<Priority, Set<() => void>> = { interactive: new Set(), single: new Set(), batch: new Set(), background: new Set() }
  const heldBy: Record<Priority, number> = { interactive: 0, single: 0, batch: 0, background: 0 }
  const held = () => inOrder.reduce((sum, priority) => sum + heldBy[priority], 0)
  const hasRoom = (priority: Priority) => held() + maxBytes <= pictures * maxBytes || heldBy[priority] + maxBytes <= picturesOfPriority * maxBytes

  function take (priority: Priority): Place {
    let own = maxBytes
    heldBy[priority] += own
    function keep (bytes: number): void {
      heldBy[priority] += bytes - own
      own = bytes
      admit()
    }
    return { keep, leave: () => { keep(0) } }
  }

  function admit (): void {
    for (const priority of inOrder) {
      for (const enter of waiting[priority]) {
        if (!hasRoom(priority)) break
        enter()
      }
    }
  }

  return {
    enter (priority, signal) {
      if (signal.aborted) return Promise.reject(createCancelledError(signal, 'before it was fetched'))
      if (hasRoom(priority)) return Promise.resolve(take(priority))
      return new Promise((resolve, reject) => {
        const enter = () => {
          letGo()
          waiting[priority].delete(enter)
          resolve(take(priority))
        }
        const letGo = onAbort(signal, () => {
          waiting[priority].delete(enter)
          reject(createCancelledError(signal, 'while it waited to be fetched'))
        })
        waiting[priority].add(enter)
      })
    },
    get heldBytes () { return held() }
  }
}
