import type { DetectorEntry } from '../model-entry.ts'
import { rawBgr } from '../pixel-formats.ts'
import { downloadAddresses } from './download-addresses.ts'
import { starterDetector } from './starter.ts'

type Hashes = Pick<DetectorEntry, 'bytes' | 'sha256' | 'archiveSha256'>

/** Person detectors trained on Human-Art, as RTMLib uses them: raw B, G, R values, suppression in the graph. */
function humanArtYolox (size: string, side: number, hash: string, hashes: Hashes): DetectorEntry {
  const stem = `yolox_${size}_8xb8-300e_humanart-${hash}`
  return {
    task: 'detector',
    id: `yolox-${size}-humanart`,
    title: `YOLOX-${size} Human-Art ${side}`,
    file: `${stem}.onnx`,
    addresses: downloadAddresses(`rtmposev1/onnx_sdk/${stem}.zip`),
    ...hashes,
    license: 'Apache-2.0 (the Human-Art training pictures are for non-commercial use)',
    source: 'OpenMMLab mmpose, rtmposev1/onnx_sdk',
    inputSize: [side, side],
    ...rawBgr,
    output: 'nms-inside',
    personClass: 0,
    scoreThreshold: 0.3,
    nmsIou: 0.65
  }
}

/** COCO detectors of the YOLOX project: 80 classes, raw grid, suppression outside. */
function cocoYolox (size: string, side: number, facts: Hashes & Pick<DetectorEntry, 'addresses' | 'source'>): DetectorEntry {
  return {
    task: 'detector',
    id: `yolox-${size}-coco`,
    title: `YOLOX-${size} COCO ${side}`,
    file: `yolox_${size}_coco.onnx`,
    ...facts,
    license: 'Apache-2.0',
    inputSize: [side, side],
    ...rawBgr,
    output: 'yolox-raw',
    personClass: 0,
    scoreThreshold: 0.3,
    nmsIou: 0.45
  }
}

/** The release that the YOLOX project's own demo uses; its raw B, G, R values need no mean and deviation. */
function megvii (size: string): Hashes & Pick<DetectorEntry, 'addresses' | 'source'> {
  return {
    addresses: [`https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_${size}.onnx`],
    bytes: null,
    sha256: null,
    archiveSha256: null,
    source: 'Megvii YOLOX'
  }
}

export const detectors: readonly DetectorEntry[] = [
  starterDetector,
  humanArtYolox('nano', 416, '40f6f0d0', {
    bytes: 3722395,
    sha256: '1450966de24902b18aada1a78913d7efd8fc8dcd51bd4d0d5591476bd4a38821',
    archiveSha256: null
  }),
  humanArtYolox('tiny', 416, '6f3252f9', {
    bytes: null,
    sha256: 'ceb11c07298f95c50d7c5abeb906d03340c85f23aa79e3e66966e7fb6c307250',
    archiveSha256: '36e09ca555916253fa1b5d51bec01e48e98e1f0af966c51ce3e844d8c8fc4cfc'
  }),
  humanArtYolox('s', 640, '3ef259a7', {
    bytes: null,
    sha256: '332e09ea9696e3401049b6c5314851db020b6430f85da159e65f37034ab3aee8',
    archiveSha256: null
  }),
  humanArtYolox('m', 640, 'c2c7a14a', {
    bytes: 101400344,
    sha256: '3dea6513388889f0fff4b77bf7a26013600321b9eb9ceb0e9a400a82572f5f23',
    archiveSha256: 'a000224fd8ba283202bc62d4a5fcdfe353adb9f468777dbac1ea2ada2093adde'
  }),
  humanArtYolox('l', 640, 'ce1d7a62', {
    bytes: null,
    sha256: '0e7a169bb6b2f439c318f727fd894b1405c30280baca676e6a5c7d1f8cb52876',
    archiveSha256: null
  }),
  humanArtYolox('x', 640, 'a39d44ed', {
    bytes: null,
    sha256: '8e9ea96a176bd48501eaaa77216e49ee30794d2f8ba80c7b9862beca4ea972da',
    archiveSha256: null
  }),
  {
    task: 'detector',
    id: 'rtmdet-nano-person',
    title: 'RTMDet-nano person 640',
    file: 'rtmdet_nano_person.onnx',
    addresses: [],
    bytes: 4038157,
    sha256: '4720eda18a18402e7b76d85827d4bc60fba18111fc0b74b559e4d24da9ddc3d2',
    archiveSha256: null,
    license: 'Apache-2.0',
    source: 'OpenMMLab RTMDet, exported by mmdeploy with free batch and size',
    inputSize: [640, 640],
    channelOrder: 'bgr',
    mean: [103.53, 116.28, 123.675],
    std: [57.375, 57.12, 58.395],
    output: 'nms-inside',
    personClass: 0,
    scoreThreshold: 0.3,
    nmsIou: 0.65
  },
  cocoYolox('nano', 416, {
    ...megvii('nano'),
    bytes: 3659407,
    sha256: 'c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d',
    archiveSha256: null
  }),
  cocoYolox('tiny', 416, megvii('tiny')),
  cocoYolox('s', 640, megvii('s')),
  cocoYolox('m', 640, megvii('m')),
  cocoYolox('x', 640, megvii('x')),
  cocoYolox('l', 640, {
    addresses: ['https://huggingface.co/yzd-v/DWPose/resolve/f7c16a3d45ad3783db41471848c80fbc281cabac/yolox_l.onnx'],
    bytes: 216746733,
    sha256: '7860ae79de6c89a3c1eb72ae9a2756c0ccfbe04b7791bb5880afabd97855a411',
    archiveSha256: null,
    source: 'Megvii YOLOX, published with DWPose'
  })
]
