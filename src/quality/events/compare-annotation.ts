import { LRUCache } from 'lru-cache'
import type { KeypointSet } from '../../../models/keypoint-set.ts'
import type { PicturesOfTaskOptions } from '../../exports/pictures-of-task.ts'
import { isPoseError } from '../../errors.ts'
import type { ControlPlan } from '../../label-studio/control-plan.ts'
import { matchBestSet } from '../../label-studio/match-best-set.ts'
import { parseLabelConfig } from '../../label-studio/parse-label-config.ts'
import { readPeople } from '../../label-studio/read-people.ts'
import { comparePictures } from '../compare-pictures.ts'
import { createCorrectionCounter, noCorrections } from '../correction-counts.ts'
import { pairPeople } from '../pair-people.ts'
import { noFigures, type AnnotationFigures } from './annotation-figures.ts'
import type { SavedAnnotation } from './read-events.ts'

export interface AnnotationComparer {
  /**
   * @param labelConfig XML of the project's interface; null: not known
   * @param findPrediction result of the prediction that the annotation was made from; null: it cannot be had. Asked only where it is needed
   */
  compare (annotation: SavedAnnotation, labelConfig: string | null, findPrediction: () => Promise<unknown>): Promise<AnnotationFigures>
}

type Interface = Pick<PicturesOfTaskOptions, 'plan' | 'set'>

const mostInterfaces = 50
/** Nobody draws so many; comparing them would hold up everything else. 150 people of 133 points. */
const mostRegions = 20_000

/** Tells what an annotator has changed, as `evaluate` does. Interfaces are read once. */
export function createAnnotationComparer (): AnnotationComparer {
  const interfaces = new LRUCache<string, Interface | 'unreadable'>({ max: mostInterfaces })

  function read (xml: string): Interface | 'unreadable' {
    let known = interfaces.get(xml)
    if (known === undefined) {
      known = readInterface(xml)
      interfaces.set(xml, known)
    }
    return known
  }

  return {
    async compare (annotation, labelConfig, findPrediction) {
      const { result, parentPrediction, isSkipped, leadTime, task } = annotation
      const known = labelConfig === null ? 'unreadable' : read(labelConfig)
      if (known === 'unreadable' || isTooLong(result)) return noFigures({ isSkipped, secondsPerPicture: leadTime })
      const found = isSkipped || parentPrediction === null ? null : await findPrediction()
      const prediction = Array.isArray(found) && !isTooLong(found) ? found : null
      const { pictures } = comparePictures(task ?? { id: 0, data: {} }, { predicted: prediction ?? [], annotated: result }, { ...known, labelStudioUrl: null })
      const figures = noFigures({ isSkipped, secondsPerPicture: leadTime === null ? null : leadTime / Math.max(1, pictures.length) })
      if (isSkipped || parentPrediction === null) return figures
      if (prediction === null) return { ...figures, ...readMarks(result, known) }

      const counter = createCorrectionCounter(known.plan, known.set)
      counter.add(prediction, result)
      const people = { found: 0, added: 0, removed: 0 }
      for (const { predicted, truths } of pictures) {
        const { pairs, added, removed } = pairPeople(predicted, truths, known.set.sigmas)
        people.found += pairs.length
        people.added += added.length
        people.removed += removed.length
      }
      return { ...figures, source: 'prediction', points: counter.result().whole, people }
    }
  }
}

function readInterface (xml: string): Interface | 'unreadable' {
  try {
    return matchBestSet(parseLabelConfig(xml))
  } catch (error) {
    // A project of something else than poses, whose events come all the same.
    if (isPoseError(error)) return 'unreadable'
    throw error
  }
}

/** Without the prediction: what Label Studio has marked as moved, and as drawn by hand. Of a skeleton it marks nothing. */
function readMarks (result: unknown, { plan, set }: { plan: ControlPlan, set: KeypointSet }): Pick<AnnotationFigures, 'source' | 'points' | 'people'> {
  const points = noCorrections()
  const people = { found: 0, added: 0, removed: 0 }
  for (const { points: places, score } of readPeople(result, plan, set).people) {
    const placed = places.filter((place) => place !== null)
    const ofRegion = new Map<string, number>()
    for (const { regionId } of placed) ofRegion.set(regionId, (ofRegion.get(regionId) ?? 0) + 1)
    for (const { regionId, origin, score } of placed) {
      if (ofRegion.get(regionId)! > 1) continue
      if (origin === 'prediction-changed') points.moved++
      else if (origin === 'manual' && score === null) points.added++
      else points.kept++
    }
    if (score === null && placed.every((place) => place.score === null)) people.added++
    else people.found++
  }
  return { source: 'marks', points, people }
}

function isTooLong (result: unknown): boolean {
  return Array.isArray(result) && result.length > mostRegions
}
