import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { createPoseError, isPoseError } from '../../errors.ts'
import { createAdmissionQueue } from '../../inference/admission-queue.ts'
import type { LabelStudioClient } from '../../label-studio/client/label-studio-client.ts'
import { createAnnotationCounts } from './annotation-counts.ts'
import { createAnnotationComparer } from './compare-annotation.ts'
import type { EventCounts, EventTotals } from './event-counts.ts'
import { createPredictionLookup } from './find-prediction.ts'
import { readEvents, type SavedAnnotation } from './read-events.ts'
import { untilIdle } from './until-idle.ts'

/** A body as it arrived, not parsed yet. */
export interface ArrivedBody {
  bytes: number
  /** @throws PoseError when it is no JSON */
  parse (): Promise<unknown>
}

export interface AnnotationEvents {
  /** Takes an event, or a list of them, to be counted later. @returns false: too much waits already, it is dropped */
  offer (body: ArrivedBody): boolean
  /** An event that could not be received. */
  noteDropped (): void
  of (project: number): EventCounts
  totals (): EventTotals
  /** Resolves when everything that has arrived is counted. */
  whenCounted (): Promise<void>
  /** What waits is dropped. */
  close (): Promise<void>
}

export interface AnnotationEventsOptions {
  /** Asked for predictions; null: none is configured. */
  client: LabelStudioClient | null
  /** Most bodies waiting, and their bytes together. */
  queueSize: number
  maxBytes: number
  log: Pick<Logger, 'error'>
  /** Every event, with its project and name. */
  onEvent: (project: number | null, action: string) => void
}

/** Counting lets answers go first, but not for ever. */
const longestDeferMs = 1000
/** After each annotation as long as it took, that is some milliseconds: half of the thread is for others, such as a large body that arrives. */
const longestRestMs = 50

const never = new AbortController().signal
const note = 'Counted by this process alone, from the events that reached it since it started: what other replicas received, and what happened before, is not in here.'

/**
 * Counts events behind the answers to them: Label Studio waits for those while an annotator waits for Label Studio. One body
 * after the other, in the order of their arrival.
 */
export function createAnnotationEvents ({ client, queueSize, maxBytes, log, onEvent }: AnnotationEventsOptions): AnnotationEvents {
  const queue = createAdmissionQueue({ slots: 1, limit: queueSize })
  const counts = createAnnotationCounts()
  const comparer = createAnnotationComparer()
  const closing = new AbortController()
  const predictions = client === null ? null : createPredictionLookup(client, closing.signal)
  const intake = { dropped: 0, unreadable: 0 }
  let waitingBytes = 0

  async function findPrediction ({ isCopy, result, prediction, parentPrediction }: SavedAnnotation): Promise<unknown> {
    if (isCopy) return result
    if (Array.isArray(prediction)) return prediction
    return parentPrediction === null ? null : await predictions?.find(parentPrediction) ?? null
  }

  async function count (body: ArrivedBody): Promise<void> {
    await untilIdle(longestDeferMs)
    for (const { action, project, labelConfig, changes } of readEvents(await body.parse())) {
      counts.noteEvent(project)
      onEvent(project, action ?? 'without a name')
      if (project === null) continue
      for (const change of changes) {
        if (closing.signal.aborted) return
        if (!counts.note(project, change) || change.kind === 'deleted') continue
        const started = performance.now()
        counts.setFigures(project, change.id, await comparer.compare(change, labelConfig, () => findPrediction(change)))
        await sleep(Math.min(longestRestMs, performance.now() - started))
        await untilIdle(longestDeferMs)
      }
    }
  }

  function noteFailure (error: unknown): void {
    // A large body waits for the thread that parses those of /predict too, and there may be too many of them.
    if (isPoseError(error) && error.errorName === 'OVERLOADED') intake.dropped++
    else intake.unreadable++
    if (!isPoseError(error)) log.error({ err: error }, 'unexpected error while an event was counted')
  }

  return {
    offer (body) {
      if (closing.signal.aborted || queue.waiting >= queueSize || (waitingBytes > 0 && waitingBytes + body.bytes > maxBytes)) {
        intake.dropped++
        return false
      }
      waitingBytes += body.bytes
      const work = (): Promise<void> => count(body).catch(noteFailure).finally(() => { waitingBytes -= body.bytes })
      // Only the end of the service takes away what waits.
      queue.run('batch', never, work).catch(() => {})
      return true
    },

    noteDropped () { intake.dropped++ },

    of (project) {
      const { withoutProject } = counts.totals()
      return { note, ...counts.of(project), intake: { waiting: queue.waiting + queue.running, ...intake, withoutProject } }
    },

    totals: () => ({ ...counts.totals(), ...intake }),

    whenCounted: () => queue.whenEmpty(),

    async close () {
      closing.abort()
      queue.rejectWaiting(() => createPoseError('CANCELLED', 'the service ends'))
      await queue.whenEmpty()
    }
  }
}
