import t from 'tap'
import { createAnnotationCounts } from '../../src/quality/events/annotation-counts.ts'
import { noFigures, type AnnotationFigures } from '../../src/quality/events/annotation-figures.ts'

const figures = (moved: number, seconds = 10): AnnotationFigures => {
  const none = noFigures({ isSkipped: false, secondsPerPicture: seconds })
  return { ...none, source: 'prediction', points: { ...none.points, moved }, people: { found: 1, added: 0, removed: 0 } }
}
const saved = (id: number, isNew: boolean, revision: string | null = null) => ({ kind: 'saved' as const, id, isNew, revision })

t.test('created, updated, deleted: the figures are those of the last version', async (t) => {
  const counts = createAnnotationCounts()
  counts.noteEvent(7)
  t.equal(counts.note(7, saved(1, true, '10:00')), true)
  t.match(counts.of(7), { received: 1, annotations: { created: 1, known: 1 }, corrections: { compared: 0 }, secondsPerPicture: null }, 'not looked at yet')
  counts.setFigures(7, 1, figures(3, 10))
  t.equal(counts.note(7, saved(2, true, '10:00')), true)
  counts.setFigures(7, 2, figures(1, 40))
  t.equal(counts.note(7, saved(1, false, '10:05')), true)
  t.match(counts.of(7).corrections, { compared: 2, points: { moved: 4 } }, 'the earlier figures stay until the new ones are there')
  counts.setFigures(7, 1, figures(5, 30))
  t.match(counts.of(7), {
    annotations: { created: 2, updated: 1, deleted: 0, repeated: 0, known: 2 },
    corrections: { compared: 2, points: { moved: 6 }, people: { found: 2 } },
    secondsPerPicture: { mean: 35, median: 30, annotations: 2 }
  })
  t.equal(counts.note(7, { kind: 'deleted', id: 1 }), false)
  counts.setFigures(7, 1, figures(9))
  t.match(counts.of(7), { annotations: { deleted: 1, known: 1 }, corrections: { compared: 1, points: { moved: 1 }, people: { found: 1 } } })
  t.match(counts.of(8), { received: 0, annotations: { created: 0, known: 0 }, secondsPerPicture: null }, 'another project')
  t.match(counts.totals(), { received: 1, created: 2, updated: 1, deleted: 1, repeated: 0, withoutProject: 0 })
})

t.test('what is told twice counts once', async (t) => {
  const counts = createAnnotationCounts()
  for (const change of [saved(1, true, '10:00'), saved(1, true, '10:00'), saved(1, false, '10:05'), saved(1, false, '10:05'), saved(1, false, '10:03')]) counts.note(7, change)
  t.match(counts.of(7).annotations, { created: 1, updated: 1, repeated: 3, known: 1 })
  for (let time = 0; time < 2; time++) counts.note(7, { kind: 'deleted', id: 1 })
  t.equal(counts.note(7, saved(1, false, '10:09')), false, 'delivered after its deletion')
  t.match(counts.of(7).annotations, { updated: 1, deleted: 1, repeated: 5, known: 0 })
  t.equal(counts.note(7, saved(2, false)), true, 'one that was made before the start')
  t.equal(counts.note(7, saved(2, false)), true, 'without its time nothing tells that it is the same')
  t.equal(counts.note(8, saved(2, false)), true, 'numbers are those of a project')
  t.match(counts.of(7).annotations, { created: 1, updated: 3, known: 1 })
})

t.test('the oldest annotation makes room', async (t) => {
  const counts = createAnnotationCounts({ mostAnnotations: 3 })
  for (const id of [1, 2, 3]) {
    counts.note(7, saved(id, true, '10:00'))
    counts.setFigures(7, id, figures(id))
  }
  counts.note(7, saved(1, false, '10:01'))
  counts.note(7, saved(4, true, '10:02'))
  t.match(counts.of(7), { annotations: { created: 4, known: 3, forgotten: 1 }, corrections: { compared: 2, points: { moved: 4 } } }, 'number 2 was heard of least recently')
  t.equal(counts.note(7, saved(2, true, '10:00')), true, 'it counts as news')
  t.match(counts.of(7).annotations, { created: 5, known: 3, forgotten: 2 })
  counts.note(7, { kind: 'deleted', id: 9 })
  counts.note(7, { kind: 'deleted', id: 8 })
  counts.note(7, { kind: 'deleted', id: 7 })
  counts.note(7, { kind: 'deleted', id: 6 })
  t.match(counts.of(7).annotations, { known: 0, forgotten: 5 }, 'what was deleted is not forgotten')
})

t.test('events without a project, and skipped tasks', async (t) => {
  const counts = createAnnotationCounts()
  counts.noteEvent(null)
  counts.note(7, saved(1, true))
  counts.setFigures(7, 1, noFigures({ isSkipped: true, secondsPerPicture: 4 }))
  t.match(counts.totals(), { received: 1, withoutProject: 1 })
  t.match(counts.of(7), { annotations: { known: 1, skipped: 1 }, corrections: { compared: 0, byMarks: 0, withoutPrediction: 0 }, secondsPerPicture: { median: 4 } })
})
