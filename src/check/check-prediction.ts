import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { starterFolder } from '../starter-folder.ts'
import type { CheckedService } from './check-context.ts'
import type { CheckLine } from './check-report.ts'
import { finding, findingOf } from './check-sentences.ts'
import type { EstimatedPicture } from './check-pictures.ts'

/** One person drawn by this project, for projects without a picture. */
const figure = 'figure.jpg'
const maxSide = 1600

/**
 * One real prediction: on a picture of a project, else on the figure that comes with the service.
 * @param wantsDrawing false: nothing is drawn
 * @returns the finding, and the picture with its people as PNG
 */
export async function checkPrediction (service: CheckedService, picture: EstimatedPicture | null, wantsDrawing: boolean, signal: AbortSignal): Promise<{ line: CheckLine, drawing: Uint8Array | null }> {
  try {
    const { name, bytes, estimate, ms } = picture ?? await estimateFigure(service, signal)
    const { people } = estimate
    const drawing = wantsDrawing ? await service.draw(bytes, people, { maxSide, format: 'png', signal }) : null
    if (people.length === 0) return { line: finding('PREDICTION_NOBODY', [name, ms]), drawing }
    const points = people.reduce((sum, { keypoints }) => sum + keypoints.filter((value, index) => index % 3 === 2 && value > 0).length, 0)
    return { line: finding('PREDICTION_OK', [people.length === 1 ? 'One person' : `${people.length} people`, points, name, ms]), drawing }
  } catch (error) {
    return { line: findingOf('prediction', error), drawing: null }
  }
}

async function estimateFigure (service: CheckedService, signal: AbortSignal): Promise<EstimatedPicture> {
  const bytes = new Uint8Array(await readFile(join(starterFolder(), figure)))
  const started = performance.now()
  const estimate = await service.estimate(bytes, signal)
  return { name: 'the drawn figure that comes with the service', bytes, estimate, ms: Math.round(performance.now() - started) }
}
