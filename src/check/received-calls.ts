/** What has arrived here from Label Studio since the start, for `check`: Label Studio itself shows hardly any of it. */
import { LRUCache } from 'lru-cache'
import type { ErrorName, PoseError } from '../errors.ts'

export interface ReceivedCall {
  route: string
  /** The Host header: the name that Label Studio knows this service by. */
  host: string
  /** Number of the project, where the call says it (/setup, /predict). */
  project: number | null
}

/** An error that Label Studio got, or tasks of a request that failed with it. */
export interface Refusal {
  errorName: ErrorName
  /** What was told the last time. */
  message: string
  count: number
  /** Of the last one, as Date.now() gives it. */
  at: number
}

export interface ProjectEvents { count: number, lastAt: number, lastAction: string }

export interface ReceivedCalls {
  /** As Date.now() gives it. */
  readonly startedAt: number
  noteCall (call: ReceivedCall): void
  noteEvent (project: number | null, action: string): void
  /** A whole request that was refused, or one task of it. */
  noteRefusal (error: Pick<PoseError, 'errorName' | 'message'>): void
  /** A place in the sequence of calls, for callsSince. */
  mark (): number
  callsSince (mark: number): ReceivedCall[]
  /** Webhook events of one project; null: none has arrived. */
  events (project: number): ProjectEvents | null
  /** Latest first, one per code. */
  refusals (): Refusal[]
}

const mostCalls = 500
const mostProjects = 1000

export function createReceivedCalls (): ReceivedCalls {
  const calls: ReceivedCall[] = []
  const events = new LRUCache<number, ProjectEvents>({ max: mostProjects })
  const refusals = new Map<ErrorName, Refusal>()
  let received = 0

  return {
    startedAt: Date.now(),

    noteCall (call) {
      received++
      calls.push(call)
      if (calls.length > mostCalls) calls.shift()
    },

    noteEvent (project, action) {
      if (project === null) return
      events.set(project, { count: (events.get(project)?.count ?? 0) + 1, lastAt: Date.now(), lastAction: action })
    },

    noteRefusal ({ errorName, message }) {
      refusals.set(errorName, { errorName, message, count: (refusals.get(errorName)?.count ?? 0) + 1, at: Date.now() })
    },

    mark: () => received,

    callsSince (mark) {
      const newer = received - mark
      return newer <= 0 ? [] : calls.slice(-newer)
    },

    events: (project) => events.get(project) ?? null,

    refusals: () => [...refusals.values()].sort((a, b) => b.at - a.at)
  }
}
