import { Tensor } from 'onnxruntime-node'
import { createConfidenceCalibration } from '../../models/confidence/confidence-calibration.ts'
import { createSimccConfidence } from '../../models/confidence/simcc-confidence.ts'
import type { Picture } from '../image/picture.ts'
import { createPixelValues } from '../image/pixel-values.ts'
import type { Device } from '../protocol.ts'
import type { Networks } from '../session/load-networks.ts'
import type { PoseGraph } from '../session/read-pose-graph.ts'
import { bboxToCrop, cropMatrix, invertAffine, type Crop } from './bbox-to-crop.ts'
import { createCropInput } from './crop-input.ts'
import { decodeSimcc, type SimccDecoder } from './decode-simcc.ts'

/**
 * Most people per run. On the processor more of them take no less time, only more memory, and large crops are 4 % faster alone, while what
 * one layer has written is still in the cache for the next (bench/RESULTS.md).
 */
function mostPerRun (device: Device, width: number, height: number): number {
  if (device.name !== 'cpu') return 8
  return width * height > 192 * 256 ? 1 : 2
}

export interface PoseEstimator {
  /**
   * Estimates the pose in each box. One picture at a time: the input buffer is reused.
   * @param boxes n x (x1, y1, x2, y2, score) in picture pixels
   * @param isCancelled asked before each run; true stops
   * @returns per box K x (x, y, confidence), unfiltered; null when cancelled
   */
  estimate (picture: Picture, boxes: Float32Array, isCancelled: () => boolean): Promise<Float64Array[] | null>
}

export function createPoseEstimator (networks: Networks, graph: PoseGraph): PoseEstimator {
  const { entry, points, binsX, binsY } = graph
  const [width, height] = entry.inputSize
  const batch = graph.fixedBatch ?? mostPerRun(networks.device(), width, height)
  const perCrop = 3 * width * height
  const cropped = createCropInput(width, height, batch, createPixelValues(entry))
  const decoder: SimccDecoder = {
    points,
    splitRatio: entry.splitRatio,
    inputWidth: width,
    inputHeight: height,
    beta: entry.score.kind === 'logits' ? entry.score.beta : null,
    confidence: createSimccConfidence(entry.score, [binsX, binsY]),
    calibrate: createConfidenceCalibration(entry.calibration)
  }

  async function runChunk (picture: Picture, boxes: Float32Array, first: number, count: number): Promise<Float64Array[]> {
    const size = graph.fixedBatch ?? count
    const crops: Crop[] = []
    for (let index = 0; index < count; index++) {
      const at = (first + index) * 5
      const crop = bboxToCrop(boxes[at]!, boxes[at + 1]!, boxes[at + 2]!, boxes[at + 3]!, width, height)
      cropped.write(picture, invertAffine(cropMatrix(crop, width, height)), index)
      crops.push(crop)
    }
    const answer = await networks.run('pose', { [graph.input]: new Tensor('float32', cropped.tensor.subarray(0, size * perCrop), [size, 3, height, width]) })
    const x = (answer[graph.simccX] as Tensor).data as Float32Array
    const y = (answer[graph.simccY] as Tensor).data as Float32Array
    return crops.map((crop, index) => decodeSimcc({
      x: x.subarray(index * points * binsX, (index + 1) * points * binsX),
      y: y.subarray(index * points * binsY, (index + 1) * points * binsY),
      binsX,
      binsY
    }, crop, decoder))
  }

  return {
    async estimate (picture, boxes, isCancelled) {
      const people = boxes.length / 5
      const poses: Float64Array[] = []
      for (let first = 0; first < people; first += batch) {
        if (isCancelled()) return null
        poses.push(...await runChunk(picture, boxes, first, Math.min(batch, people - first)))
      }
      return poses
    }
  }
}
