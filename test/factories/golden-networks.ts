import { createHash } from 'node:crypto'
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import { createDetector } from '../../workers/detector/detector.ts'
import type { Picture } from '../../workers/image/picture.ts'
import { createPoseEstimator } from '../../workers/pose/pose-estimator.ts'
import type { LocatedModel } from '../../workers/protocol.ts'
import { loadNetworks } from '../../workers/session/load-networks.ts'
import { readDetectorGraph } from '../../workers/session/read-detector-graph.ts'
import { readPoseGraph } from '../../workers/session/read-pose-graph.ts'

export interface GoldenNetworks {
  /** n x (x1, y1, x2, y2, score), by the threshold that is fixed in RTMLib. */
  detect (picture: Picture): Promise<Float32Array>
  /** In the boxes of the golden file: other processors move a box by a thousandth of a pixel, and that moves a few pixels of the crop. */
  estimate (picture: Picture, boxes: readonly number[][]): Promise<Float64Array[]>
}

/** Two networks in this process, with RTMLib's threshold and scores. @param channelOrder RTMLib feeds bgr to networks that were trained with rgb */
export async function loadGoldenNetworks (models: { detector: LocatedModel<DetectorEntry>, pose: LocatedModel<PoseEntry> }, channelOrder: 'rgb' | 'bgr'): Promise<GoldenNetworks> {
  const settings = { ...models, device: { name: 'cpu' as const, index: 0 }, intraOpThreads: 1 }
  const { networks } = await loadNetworks({ settings, onLeaveDevice: () => {} })
  const graph = readPoseGraph(networks.session('pose'), settings.pose)
  const detector = createDetector(networks, readDetectorGraph(networks.session('detector'), settings.detector), 0.3)
  const pose = createPoseEstimator(networks, { ...graph, entry: { ...graph.entry, channelOrder, calibration: null } })
  return {
    async detect (picture) {
      const found = await detector.detect(picture)
      if (!found.ok) throw new Error(found.message)
      return found.value
    },
    async estimate (picture, boxes) {
      return (await pose.estimate(picture, Float32Array.from(boxes.flatMap((box) => [...box, 1])), () => false))!
    }
  }
}

/** As the golden files name pixels and files. */
export function sha256 (bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
