import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import { areaOfBox, oks } from '../../models/people/oks.ts'
import type { Person } from '../../models/person.ts'
import { readModel } from '../../bench/read-model.ts'
import type { PictureResult } from '../../workers/protocol.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { sharedDir } from '../factories/shared-dir.ts'
import { standardSettings } from '../factories/worker-settings.ts'

const shared = sharedDir()

t.test('left and right are the person\'s own: a mirrored picture gives them mirrored', { skip: shared === null && 'needs the shared test data (SHARED_DIR)', timeout: 300_000 }, async (t) => {
  const models = join(shared!, 'testdata', 'models')
  const handle = await startWorker({
    detector: readModel<DetectorEntry>(join(models, 'detectors', 'rtmdet_nano_person_mmdeploy_dynamic.onnx')),
    pose: readModel<PoseEntry>(join(models, 'pose', 'body17_as_wholebody133_simcc_256x192.onnx')),
    ...standardSettings
  }, () => {})

  async function findPeople (bytes: Buffer): Promise<{ people: Person[], width: number }> {
    const outcome = await handle({ kind: 'picture', bytes: new Uint8Array(bytes), boxSource: { kind: 'detector' }, cancel: new SharedArrayBuffer(4), shareCrops: false })
    if (!outcome.ok) throw new Error(outcome.message)
    return outcome.value as Extract<PictureResult, { stage: 'done' }>
  }

  // Somebody from the front, a group, and somebody from behind, whose left hand is at the left of the picture.
  for (const [name, isFromBehind] of [['000000000785', false], ['000000001000', false], ['000000007511', true]] as const) {
    const photo = sharp(readFileSync(join(shared!, 'testdata', 'images', 'photos', `${name}.jpg`)))
    const { people, width } = await findPeople(await photo.clone().png().toBuffer())
    const mirrored = (await findPeople(await photo.clone().flop().png().toBuffer())).people
    // People far away in the background are found at random.
    const clear = people.filter(({ score }) => score > 0.5)
    t.ok(clear.length > 0, name)
    const [swapped, unswapped] = [coco17.flip, coco17.flip.map((_, index) => index)].map((order) => clear.map((person) =>
      Math.max(...mirrored.map((other) => agreement(person, mirror(other, width, order))))))
    t.ok(mean(swapped!) > 0.8, `${name}: the same people with left and right swapped (${mean(swapped!).toFixed(2)})`)
    t.ok(mean(unswapped!) < 0.5, `${name}: others without (${mean(unswapped!).toFixed(2)})`)
    const [first] = clear as [Person]
    const at = (point: string) => first.keypoints[coco17.names.indexOf(point) * 3]!
    t.equal(at('left_shoulder') < at('right_shoulder'), isFromBehind, `${name}: the left shoulder`)
  }
})

/** A person of the mirrored picture as it would stand in the picture itself. */
function mirror (person: Person, width: number, order: readonly number[]): Person {
  return { ...person, keypoints: Float64Array.from(order.flatMap((from) => [width - 1 - person.keypoints[from * 3]!, person.keypoints[from * 3 + 1]!, person.keypoints[from * 3 + 2]!])) }
}

function agreement (person: Person, other: Person): number {
  const truth = person.keypoints.slice(0, coco17.names.length * 3).map((value, at) => at % 3 === 2 ? Number(value > 0) : value)
  return oks(truth, other.keypoints, areaOfBox(person.bbox), coco17.sigmas).oks
}

function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
