import type { PoseEntry, Score } from '../model-entry.ts'
import { imageNetRgb } from '../pixel-formats.ts'
import { downloadAddresses } from './download-addresses.ts'
import { starterPose } from './starter.ts'

type Resolution = '256x192' | '384x288'
type Hashes = Pick<PoseEntry, 'bytes' | 'sha256' | 'archiveSha256'>

const unknown: Hashes = { bytes: null, sha256: null, archiveSha256: null }

/** Width and height of the input, and the label sigma of the training in bins (two per pixel), by height x width as in the file names. */
const geometry: Readonly<Record<Resolution, { inputSize: [number, number], sigma: [number, number] }>> = {
  '256x192': { inputSize: [192, 256], sigma: [4.9, 5.66] },
  '384x288': { inputSize: [288, 384], sigma: [6, 6.93] }
}

interface Description extends Hashes {
  id: string
  title: string
  stem: string
  resolution: Resolution
  keypointSet: PoseEntry['keypointSet']
  /** Softmax factor on the network's own rows in the training loss: 10 for RTMPose and DWPose, 1 for RTMW. */
  beta: 1 | 10
  addresses: string[]
  license?: string
  source: string
}

/** All of them were trained on R, G, B with ImageNet's constants, whatever order RTMLib feeds. */
function simccPose (description: Description): PoseEntry {
  const { id, title, stem, resolution, keypointSet, beta, addresses, source, bytes, sha256, archiveSha256 } = description
  const { inputSize, sigma } = geometry[resolution]
  const score: Score = { kind: 'logits', beta, sigma }
  return {
    task: 'pose',
    id,
    title,
    file: `${stem}.onnx`,
    addresses,
    bytes,
    sha256,
    archiveSha256,
    license: description.license ?? 'Apache-2.0',
    source,
    inputSize,
    ...imageNetRgb,
    decoding: 'simcc',
    splitRatio: 2,
    keypointSet,
    score,
    calibration: null
  }
}

/** The name trap of these files: `dw-x-l` is RTMW-l distilled from x, `dw-l-m` is RTMW-m distilled from l. */
function rtmw (size: 'm' | 'l', resolution: Resolution, stem: string, hashes: Hashes): PoseEntry {
  return simccPose({
    id: `rtmw-${size}-${resolution}`,
    title: `RTMW-${size} ${resolution}`,
    stem,
    resolution,
    keypointSet: 'coco-wholebody-133',
    beta: 1,
    addresses: downloadAddresses(`rtmw/onnx_sdk/${stem}.zip`),
    license: 'Apache-2.0 (COCO-WholeBody training labels are for non-commercial use)',
    source: 'OpenMMLab mmpose, rtmw/onnx_sdk',
    ...hashes
  })
}

function rtmpose (family: 'body7' | 'halpe26' | 'dwpose', size: string, resolution: Resolution, stem: string, hashes: Hashes): PoseEntry {
  const wholebody = family === 'dwpose'
  return simccPose({
    id: wholebody ? `dwpose-${size}-${resolution}` : `rtmpose-${size}-${family}-${resolution}`,
    title: wholebody ? `DWPose-${size} ${resolution}` : `RTMPose-${size} ${family} ${resolution}`,
    stem,
    resolution,
    keypointSet: family === 'body7' ? 'coco-17' : family === 'halpe26' ? 'halpe-26' : 'coco-wholebody-133',
    beta: 10,
    addresses: downloadAddresses(`rtmposev1/onnx_sdk/${stem}.zip`),
    source: 'OpenMMLab mmpose, rtmposev1/onnx_sdk',
    ...hashes
  })
}

export const poses: readonly PoseEntry[] = [
  starterPose,
  rtmw('m', '256x192', 'rtmw-dw-l-m_simcc-cocktail14_270e-256x192_20231122', {
    bytes: null,
    sha256: null,
    archiveSha256: 'a6d08a575c9d8b8da7ce6c13e1c7341047fca35594a6d35de04b739eba51139c'
  }),
  rtmw('l', '256x192', 'rtmw-dw-x-l_simcc-cocktail14_270e-256x192_20231122', {
    bytes: 228708578,
    sha256: '9a9bc17c13ff0a1e37507f45a037a21bc410cd08374b0e664c57d0080843aa58',
    archiveSha256: '1e3e77558dfc199129bfff1c583e51b4ee190914de6ae30688243c20163c148c'
  }),
  rtmw('l', '384x288', 'rtmw-dw-x-l_simcc-cocktail14_270e-384x288_20231122', {
    bytes: 229320930,
    sha256: 'bd033156e5104c4f5d2edfe0453e02661e30a2f3da453ec93c8764d561b83054',
    archiveSha256: 'a87e1af41a0a067776dba7d46e1c21c8f6e9f18e247e0e606718dd1f31e96ffd'
  }),
  rtmpose('body7', 's', '256x192', 'rtmpose-s_simcc-body7_pt-body7_420e-256x192-acd4a1ef_20230504', {
    ...unknown,
    sha256: '9aeb635b83f86aea45cf45d85798f7eba1a162de8e0d721c44e54fe5eebaf47d'
  }),
  rtmpose('body7', 'm', '256x192', 'rtmpose-m_simcc-body7_pt-body7_420e-256x192-e48f03d0_20230504', {
    bytes: 54330655,
    sha256: '5c0a4bf67953e6d2ac43ce15e77dc9d5d354ae18430a47d2c5963a7bc5683e3c',
    archiveSha256: null
  }),
  rtmpose('body7', 'x', '384x288', 'rtmpose-x_simcc-body7_pt-body7_700e-384x288-71d7b7e9_20230629', {
    ...unknown,
    sha256: 'df0c0fa91e9870b1515dcaff741fd76cc753dcfb12786862f61b243bae81cd52'
  }),
  rtmpose('halpe26', 's', '256x192', 'rtmpose-s_simcc-body7_pt-body7-halpe26_700e-256x192-7f134165_20230605', unknown),
  rtmpose('halpe26', 'm', '256x192', 'rtmpose-m_simcc-body7_pt-body7-halpe26_700e-256x192-4d3e73dd_20230605', {
    bytes: 55685444,
    sha256: '26f3a19e61304a600dfb82d1001d41d24343b89fc70a33ffc84657e0b0bf2ecf',
    archiveSha256: '55b81170e236040b59fc792ad0a8315301ac4c079a3bdb1095d838aad3088d18'
  }),
  rtmpose('halpe26', 'x', '384x288', 'rtmpose-x_simcc-body7_pt-body7-halpe26_700e-384x288-7fb6e239_20230606', unknown),
  rtmpose('dwpose', 'm', '256x192', 'rtmpose-m_simcc-ucoco_dw-ucoco_270e-256x192-c8b76419_20230728', {
    ...unknown,
    archiveSha256: 'a4e4d56e9dc043e2171c73f5918f334509a47fde60182c1961370c7160334ac0'
  }),
  {
    ...rtmpose('dwpose', 'l', '384x288', 'dw-ll_ucoco_384', {
      bytes: 134399116,
      sha256: '724f4ff2439ed61afb86fb8a1951ec39c6220682803b4a8bd4f598cd913b1843',
      archiveSha256: null
    }),
    addresses: ['https://huggingface.co/yzd-v/DWPose/resolve/f7c16a3d45ad3783db41471848c80fbc281cabac/dw-ll_ucoco_384.onnx'],
    source: 'DWPose'
  }
]
