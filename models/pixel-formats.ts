/** In which numbers networks want their pictures, where many want the same. */
import type { ModelEntry } from './model-entry.ts'

type PixelFormat = Pick<ModelEntry, 'channelOrder' | 'mean' | 'std'>

/** Values as they are in the file, 0 to 255: what YOLOX was trained on. */
export const rawBgr: PixelFormat = { channelOrder: 'bgr', mean: [0, 0, 0], std: [1, 1, 1] }

/** Mean and deviation of ImageNet: what RTMPose, RTMW and DWPose were trained on. */
export const imageNetRgb: PixelFormat = { channelOrder: 'rgb', mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] }
