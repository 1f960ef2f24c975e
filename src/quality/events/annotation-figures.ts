import { noCorrections, type CorrectionCounts } from '../correction-counts.ts'

/** What one annotation, as it was saved last, says of the prediction it was made from. */
export interface AnnotationFigures {
  /** prediction: compared with it; marks: with what the regions say of their origin; none: there is nothing to compare. */
  source: 'prediction' | 'marks' | 'none'
  isSkipped: boolean
  points: CorrectionCounts
  people: { found: number, added: number, removed: number }
  secondsPerPicture: number | null
}

/** Of an annotation that tells nothing but its time. */
export function noFigures ({ isSkipped, secondsPerPicture }: Pick<AnnotationFigures, 'isSkipped' | 'secondsPerPicture'>): AnnotationFigures {
  return { source: 'none', isSkipped, points: noCorrections(), people: { found: 0, added: 0, removed: 0 }, secondsPerPicture }
}
