import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import type { ControlPlan } from '../label-studio/control-plan.ts'
import { createAveragePrecision } from './average-precision.ts'
import type { ComparedPerson } from './compared-person.ts'
import { createCorrectionCounter } from './correction-counts.ts'
import { fitCalibration } from './fit-calibration.ts'
import type { OutcomeBin } from './fit-isotonic.ts'
import { pairPeople } from './pair-people.ts'
import { createPoseAccuracy } from './pose-accuracy.ts'
import { qualityParts } from './quality-parts.ts'
import type { FittedCalibration, PictureDrawing, QualityReport, WorstPicture } from './quality-report.ts'
import { calibrationError, createScoreOutcomes, toReliability, type ScoreOutcomes } from './score-outcomes.ts'
import { createWorstPictures } from './worst-pictures.ts'

/** One picture with the people of the prediction and of the corrected annotation. */
export interface ComparedPicture {
  facts: Pick<WorstPicture, 'task' | 'link' | 'imageName' | 'page'>
  size: { width: number, height: number } | null
  predicted: readonly ComparedPerson[]
  truths: readonly ComparedPerson[]
}

export type QualityFigures = Pick<QualityReport, 'keypointSet' | 'pictures' | 'people' | 'parts' | 'oksHistogram' | 'reliability' | 'calibration' | 'worst'>

export interface QualityMeasure {
  addPicture (picture: ComparedPicture): void
  /** An annotation and the prediction it was made from, as Label Studio stores their results. */
  addCorrections (predicted: unknown, annotated: unknown): void
  /** `drawings` belong to the worst pictures, one each. */
  result (): { figures: QualityFigures, drawings: PictureDrawing[] }
}

const histogramSteps = 20

/** Gathers what the report needs picture by picture; of the pictures themselves only the worst are kept. */
export function createQualityMeasure (plan: ControlPlan, set: KeypointSet, { worst: mostWorst }: { worst: number }): QualityMeasure {
  const parts = qualityParts(set).map((part) => ({ name: part.name, accuracy: createPoseAccuracy(set.sigmas, part), precision: createAveragePrecision(set.sigmas, part) }))
  const corrections = createCorrectionCounter(plan, set)
  const outcomes = createScoreOutcomes(set.sigmas)
  const worst = createWorstPictures(mostWorst)
  const oksHistogram = Array.from({ length: histogramSteps }, () => 0)
  const people = { predicted: 0, annotated: 0, paired: 0, added: 0, removed: 0 }
  let pictures = 0

  return {
    addPicture ({ facts, size, predicted, truths }) {
      pictures++
      const found = pairPeople(predicted, truths, set.sigmas)
      const [paired, added, removed] = [found.pairs.length, found.added.length, found.removed.length]
      people.predicted += predicted.length
      people.annotated += truths.length
      people.paired += paired
      people.added += added
      people.removed += removed
      outcomes.add(found)
      let sum = 0
      let measured = added + removed
      for (const { name, accuracy, precision } of parts) {
        precision.add(predicted, truths)
        for (const pair of found.pairs) {
          const oks = accuracy.add(pair)
          if (name !== 'whole' || oks === null) continue
          oksHistogram[Math.min(histogramSteps - 1, Math.floor(oks * histogramSteps))]!++
          sum += oks
          measured++
        }
      }
      if (measured > 0) worst.see({ picture: { ...facts, oks: sum / measured, paired, added, removed }, drawing: { size, people: found } })
    },

    addCorrections (predicted, annotated) { corrections.add(predicted, annotated) },

    result () {
      const counts = corrections.result()
      const calibration = fitCalibration(outcomes, set)
      const ranked = worst.list()
      return {
        figures: {
          keypointSet: set.id,
          pictures,
          people,
          parts: parts.map(({ name, accuracy, precision }) => ({ name, ...accuracy.result(), ...precision.result(), corrections: counts[name] })),
          oksHistogram,
          reliability: measureReliability(outcomes, set, calibration),
          calibration,
          worst: ranked.map(({ picture }) => picture)
        },
        drawings: ranked.map(({ drawing }) => drawing)
      }
    }
  }
}

function measureReliability (outcomes: ScoreOutcomes, { parts, names }: KeypointSet, calibration: FittedCalibration | null): QualityReport['reliability'] {
  const bands = toReliability(outcomes.bins({ first: 0, last: names.length - 1 }))
  const calibrate = createConfidenceCalibration(calibration)
  const calibrated = parts.flatMap((part) => outcomes.bins(part).map((bin): OutcomeBin => ({ ...bin, scores: calibrate(part.first, bin.scores / bin.points) * bin.points })))
  const after = toReliability(calibrated)
  return { bands, error: calibrationError(bands), calibrated: calibration === null ? null : { bands: after, error: calibrationError(after) } }
}
