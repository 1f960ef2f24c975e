import { Tensor } from 'onnxruntime-node'
import { createLetterboxInput } from '../image/letterbox-input.ts'
import { planLetterbox } from '../image/letterbox.ts'
import type { Picture } from '../image/picture.ts'
import { createPixelValues } from '../image/pixel-values.ts'
import { fail, type StageResult } from '../outcome.ts'
import type { Networks } from '../session/load-networks.ts'
import type { DetectorGraph } from '../session/read-detector-graph.ts'
import { decodeNmsInside } from './decode-nms-inside.ts'
import { decodeYolox } from './decode-yolox.ts'

export interface Detector {
  /**
   * Finds people. One picture at a time: the input buffer is reused.
   * @param hasIdleCore another core has nothing to do
   * @returns n x (x1, y1, x2, y2, score) in picture pixels, best first, not limited to the picture; or IMAGE_TOO_NARROW
   */
  detect (picture: Picture, hasIdleCore?: boolean): Promise<StageResult<Float32Array>>
}

/** @param threshold scores at or below are dropped; null: the value of the model */
export function createDetector (networks: Networks, graph: DetectorGraph, threshold: number | null): Detector {
  const { entry } = graph
  const [width, height] = entry.inputSize
  const letterboxed = createLetterboxInput(width, height, createPixelValues(entry))
  const least = threshold ?? entry.scoreThreshold
  return {
    async detect (picture, hasIdleCore = false) {
      const plan = planLetterbox(picture.width, picture.height, width, height)
      if (plan === null) return fail('IMAGE_TOO_NARROW', `${picture.width}x${picture.height} pixels`)
      letterboxed.write(picture, plan)
      const answer = await networks.run('detector', { [graph.input]: new Tensor('float32', letterboxed.tensor, [1, 3, height, width]) }, hasIdleCore)
      const boxes = answer[graph.boxes] as Tensor
      const rows = boxes.data as Float32Array
      if (graph.labels !== null) {
        const labels = (answer[graph.labels] as Tensor).data as BigInt64Array
        return { ok: true, value: decodeNmsInside(rows, labels, entry.personClass, least, plan.ratio) }
      }
      const columns = boxes.dims[2]!
      return { ok: true, value: decodeYolox(rows, plan.ratio, { inputWidth: width, inputHeight: height, columns, personClass: entry.personClass, threshold: least, maxIou: entry.nmsIou }) }
    }
  }
}
