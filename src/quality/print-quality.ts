import type { PartQuality, QualityReport } from './quality-report.ts'

/** Names of parts as people read them. */
export const partTitles: Readonly<Record<PartQuality['name'], string>> = { body: 'body', feet: 'feet', face: 'face', left_hand: 'left hand', right_hand: 'right hand', whole: 'all points' }

const shownPictures = 10

/** The parts that say something: a point was annotated there, or predicted and taken away. */
export function measuredParts ({ parts }: Pick<QualityReport, 'parts'>): PartQuality[] {
  const [whole, ...others] = [...parts].reverse() as [PartQuality, ...PartQuality[]]
  const measured = others.reverse().filter(({ points, corrections }) => points > 0 || corrections.deleted > 0)
  return measured.length === 1 ? measured : [...measured, whole]
}

/** The report as lines for a terminal. */
export function printQuality (report: QualityReport): string[] {
  const { tasks, people, secondsPerPicture, worst } = report
  const newest = tasks.compared - tasks.madeFromPrediction
  return [
    `${describeOrigin(report.from)}: ${count(tasks.compared, 'task', 'tasks')} compared, ${tasks.madeFromPrediction} with the prediction the annotation was made from${newest > 0 ? `, ${newest} with the newest prediction of the task` : ''}`,
    `Model: ${Object.entries(report.modelVersions).map(([version, number]) => `${version} (${count(number, 'task', 'tasks')})`).join(', ')}`,
    `People: ${people.annotated} annotated, ${people.predicted} predicted, ${people.paired} of them the same; ${people.added} added, ${people.removed} removed by annotators`,
    ...(secondsPerPicture === null ? [] : [`Time: ${secondsPerPicture.median.toFixed(0)} s per picture (median; mean ${secondsPerPicture.mean.toFixed(0)} s)`]),
    '',
    ...printTable(measuredParts(report)),
    ...(worst.length === 0 ? [] : ['', 'Worst pictures']),
    ...worst.slice(0, shownPictures).map(({ task, link, oks, page, paired, added, removed }) =>
      `  ${oks.toFixed(3)}  ${`task ${task}${page === null ? '' : `, page ${page + 1}`}`.padEnd(12)}  ${describePeople({ paired, added, removed })}${link === null ? '' : `  ${link}`}`)
  ]
}

export function describeOrigin (from: QualityReport['from']): string {
  return 'project' in from ? `project ${from.project}` : from.file
}

export function describePeople ({ paired, added, removed }: { paired: number, added: number, removed: number }): string {
  return `${count(paired, 'person', 'people')} found${added > 0 ? `, ${added} added` : ''}${removed > 0 ? `, ${removed} removed` : ''}`
}

export function count (number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

/** The columns of the table, for every way of showing it. */
export const qualityColumns: ReadonlyArray<{ title: string, meaning: string, of: (part: PartQuality) => string }> = [
  { title: 'people', meaning: 'People annotated and predicted, with a point in this part', of: ({ people }) => String(people) },
  { title: 'OKS', meaning: 'Mean object keypoint similarity of these people', of: ({ oks }) => figure(oks) },
  { title: 'PCK@.05', meaning: 'Share of the annotated points predicted within 5 % of the longer side of the box', of: ({ pck05 }) => percent(pck05) },
  { title: 'PCK@.1', meaning: 'Share of the annotated points predicted within 10 % of the longer side of the box', of: ({ pck10 }) => percent(pck10) },
  { title: 'AP', meaning: 'Average precision over OKS 0.50 to 0.95', of: ({ ap }) => figure(ap) },
  { title: 'AP50', meaning: 'Average precision at OKS 0.50', of: ({ ap50 }) => figure(ap50) },
  { title: 'AP75', meaning: 'Average precision at OKS 0.75', of: ({ ap75 }) => figure(ap75) },
  { title: 'AR', meaning: 'Average recall over OKS 0.50 to 0.95', of: ({ ar }) => figure(ar) },
  { title: 'kept', meaning: 'Share of the predicted points that annotators left where they were', of: (part) => shareOfPredicted(part, 'kept') },
  { title: 'moved', meaning: 'Share of the predicted points that annotators moved', of: (part) => shareOfPredicted(part, 'moved') },
  { title: 'deleted', meaning: 'Share of the predicted points that annotators deleted', of: (part) => shareOfPredicted(part, 'deleted') },
  { title: 'added', meaning: 'Points that annotators added, as a share of the points predicted', of: (part) => shareOfPredicted(part, 'added') }
]

export function predictedPoints ({ corrections: { kept, moved, deleted, relabelled } }: PartQuality): number {
  return kept + moved + deleted + relabelled
}

function printTable (parts: readonly PartQuality[]): string[] {
  const rows = [['part', ...qualityColumns.map(({ title }) => title)], ...parts.map((part) => [partTitles[part.name], ...qualityColumns.map(({ of }) => of(part))])]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) => row.map((cell, column) => column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)).join('  '))
}

function shareOfPredicted (part: PartQuality, change: 'kept' | 'moved' | 'deleted' | 'added'): string {
  const predicted = predictedPoints(part)
  return percent(predicted === 0 ? null : part.corrections[change] / predicted)
}

function figure (value: number | null): string {
  return value === null ? '-' : value.toFixed(3)
}

export function percent (share: number | null): string {
  return share === null ? '-' : `${(share * 100).toFixed(1)} %`
}
