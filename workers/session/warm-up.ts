import { Tensor } from 'onnxruntime-node'
import type { Role } from '../protocol.ts'
import type { Networks } from './load-networks.ts'
import type { DetectorGraph } from './read-detector-graph.ts'
import type { PoseGraph } from './read-pose-graph.ts'

/**
 * Runs each network once on an empty picture. The first real picture is then as fast as the others, a device that fails does so
 * before anyone waits, and outputs whose size the graph leaves open are checked. A mapped copy is left out: it was made of a network
 * that has passed, loads in milliseconds, and would spend most of the time to the first answer here.
 * @throws Error with a sentence for the user when an output has another size than needed
 */
export async function warmUp (networks: Networks, detector: DetectorGraph, pose: PoseGraph): Promise<void> {
  const mapped = networks.mapped()
  if (!mapped.includes('detector')) await tryDetector(networks, detector)
  if (!mapped.includes('pose')) await tryPose(networks, pose)
}

async function tryDetector (networks: Networks, detector: DetectorGraph): Promise<void> {
  const boxes = await run(networks, 'detector', detector.input, detector.entry.inputSize, 1)
  const columns = (boxes[detector.boxes] as Tensor).dims[2] ?? 0
  if (detector.labels !== null ? columns !== 5 : columns <= 5 + detector.entry.personClass) {
    throw new Error(`The detector ${detector.entry.file} gives rows of ${columns} columns, which are no boxes this service can read.`)
  }
}

async function tryPose (networks: Networks, pose: PoseGraph): Promise<void> {
  const rows = await run(networks, 'pose', pose.input, pose.entry.inputSize, pose.fixedBatch ?? 1)
  for (const [name, bins] of [[pose.simccX, pose.binsX], [pose.simccY, pose.binsY]] as const) {
    const dims = (rows[name] as Tensor).dims
    if (dims[1] !== pose.points || dims[2] !== bins) {
      throw new Error(`The pose network ${pose.entry.file} gives ${name} [${dims.join(', ')}] where [n, ${pose.points}, ${bins}] is needed.`)
    }
  }
}

async function run (networks: Networks, role: Role, input: string, [width, height]: readonly [number, number], batch: number) {
  return await networks.run(role, { [input]: new Tensor('float32', new Float32Array(batch * 3 * width * height), [batch, 3, height, width]) })
}
