/** Counts what has happened to annotations since the start, project by project. Nothing here knows HTTP or asks anybody. */
import { LRUCache } from 'lru-cache'
import { noCorrections } from '../correction-counts.ts'
import { describeTimes } from '../describe-times.ts'
import type { AnnotationFigures } from './annotation-figures.ts'
import type { EventCounts, EventTotals } from './event-counts.ts'
import type { AnnotationChange } from './read-events.ts'

export interface AnnotationCounts {
  /** Of whatever kind. */
  noteEvent (project: number | null): void
  /** @returns false: it tells what is known already, or nothing about a task; true: the figures of the annotation are wanted */
  note (project: number, change: Readonly<Pick<Extract<AnnotationChange, { kind: 'saved' }>, 'kind' | 'id' | 'isNew' | 'revision'> | Extract<AnnotationChange, { kind: 'deleted' }>>): boolean
  /** Replaces those of an earlier version of the annotation. */
  setFigures (project: number, id: number, figures: AnnotationFigures): void
  of (project: number): Omit<EventCounts, 'intake' | 'note'>
  totals (): Omit<EventTotals, 'dropped' | 'unreadable'>
}

/** The last that is known of an annotation. */
interface Known {
  project: number
  revision: string | null
  isDeleted: boolean
  figures: AnnotationFigures | null
}

type Happened = Pick<EventCounts['annotations'], 'created' | 'updated' | 'deleted' | 'repeated' | 'forgotten'> & { received: number }

export interface AnnotationCountsOptions {
  /** Annotations whose last state is kept, of all projects; each takes less than half a kilobyte. */
  mostAnnotations?: number
}

const mostProjects = 1000

/**
 * Created, updated and deleted are counted as they happen. All other figures are of the annotations as they are now: an update
 * replaces what was known, a deletion takes it away, and a repeated delivery changes nothing. When more annotations are known than
 * are kept, the one heard of least recently is forgotten: its figures leave the sums, and a later event of it counts as news.
 */
export function createAnnotationCounts ({ mostAnnotations = 20_000 }: AnnotationCountsOptions = {}): AnnotationCounts {
  const since = new Date().toISOString()
  const projects = new LRUCache<number, Happened>({ max: mostProjects })
  const annotations = new LRUCache<string, Known>({
    max: mostAnnotations,
    dispose: ({ project, isDeleted }, _key, reason) => {
      if (reason === 'evict' && !isDeleted) projectOf(project).forgotten++
    }
  })
  const totals = { received: 0, created: 0, updated: 0, deleted: 0, repeated: 0, withoutProject: 0 }

  function projectOf (project: number): Happened {
    const known = projects.get(project)
    if (known !== undefined) return known
    const happened: Happened = { received: 0, created: 0, updated: 0, deleted: 0, repeated: 0, forgotten: 0 }
    projects.set(project, happened)
    return happened
  }

  function count (project: number, what: 'created' | 'updated' | 'deleted' | 'repeated'): void {
    projectOf(project)[what]++
    totals[what]++
  }

  return {
    noteEvent (project) {
      totals.received++
      if (project === null) totals.withoutProject++
      else projectOf(project).received++
    },

    note (project, change) {
      const key = keyOf(project, change.id)
      const known = annotations.get(key)
      if (change.kind === 'deleted') {
        count(project, known?.isDeleted ? 'repeated' : 'deleted')
        annotations.set(key, { project, revision: null, isDeleted: true, figures: null })
        return false
      }
      if (known !== undefined && (change.isNew || known.isDeleted || !isNewer(change.revision, known.revision))) {
        count(project, 'repeated')
        return false
      }
      count(project, change.isNew ? 'created' : 'updated')
      annotations.set(key, { project, revision: change.revision, isDeleted: false, figures: known?.figures ?? null })
      return true
    },

    setFigures (project, id, figures) {
      const known = annotations.peek(keyOf(project, id))
      if (known !== undefined && !known.isDeleted) known.figures = figures
    },

    of (project) {
      const { received, ...happened } = projects.peek(project) ?? { received: 0, created: 0, updated: 0, deleted: 0, repeated: 0, forgotten: 0 }
      let [known, skipped] = [0, 0]
      const points = noCorrections()
      const people = { found: 0, added: 0, removed: 0 }
      const sources = { prediction: 0, marks: 0, none: 0 }
      const seconds: number[] = []
      for (const { project: owner, isDeleted, figures } of annotations.values()) {
        if (owner !== project || isDeleted) continue
        known++
        // They are being looked at.
        if (figures === null) continue
        if (figures.isSkipped) skipped++
        else sources[figures.source]++
        addTo(points, figures.points)
        addTo(people, figures.people)
        if (figures.secondsPerPicture !== null) seconds.push(figures.secondsPerPicture)
      }
      return {
        since,
        received,
        annotations: { ...happened, known, skipped },
        corrections: { compared: sources.prediction, byMarks: sources.marks, withoutPrediction: sources.none, points, people },
        secondsPerPicture: describeTimes(seconds)
      }
    },

    totals: () => ({ ...totals })
  }
}

function keyOf (project: number, id: number): string {
  return `${project}:${id}`
}

/** Without the times of both there is no telling: then it is news. */
function isNewer (revision: string | null, known: string | null): boolean {
  return revision === null || known === null || revision > known
}

function addTo<Name extends string> (sums: Record<Name, number>, numbers: Readonly<Record<Name, number>>): void {
  for (const name of Object.keys(sums) as Name[]) sums[name] += numbers[name]
}
