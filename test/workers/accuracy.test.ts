import { join } from 'node:path'
import t from 'tap'
import { readLabelledPhotos } from '../../bench/labelled-photos.ts'
import { measureAccuracy } from '../../bench/measure-accuracy.ts'
import { sharedDir } from '../factories/shared-dir.ts'

// All photos run through real networks: minutes on a busy machine.
t.setTimeout(900_000)
const shared = sharedDir()
const skip = shared === null ? 'needs the shared test data (SHARED_DIR)' : false
const models = join(shared ?? '', 'testdata', 'models')
const pose = join(models, 'pose', 'body17_as_wholebody133_simcc_256x192.onnx')
const DEFAULT_THRESHOLD = 0.3

for (const { detector, floor, photosWithoutPeople } of [
  // RTMLib's figures with these models: 0.688 and 0.744.
  { detector: 'yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx', floor: 0.725, photosWithoutPeople: 26 },
  { detector: 'rtmdet_nano_person_mmdeploy_dynamic.onnx', floor: 0.77, photosWithoutPeople: 12 },
  { detector: 'yolox_nano_megvii_416.onnx', floor: 0.725, photosWithoutPeople: 25 }
]) {
  t.test(`mean OKS from end to end with ${detector}`, { skip }, async (t) => {
    const [all, usual] = await measureAccuracy(readLabelledPhotos(shared!), join(models, 'detectors', detector), pose, [0, DEFAULT_THRESHOLD])
    t.comment(`mean OKS ${all!.meanOks.toFixed(4)}, at ${DEFAULT_THRESHOLD} ${usual!.meanOks.toFixed(4)}, people ${all!.peopleFound}, photos without ${all!.photosWithoutPeople}`)
    t.equal(all!.persons, 77)
    t.ok(all!.meanOks >= floor, `mean OKS ${all!.meanOks} is at least ${floor}`)
    t.ok(usual!.meanOks >= all!.meanOks - 0.02, 'the usual threshold costs at most 0.02')
    // Where the detector finds nobody there is nobody: RTMLib would pose the whole picture.
    t.ok(all!.photosWithoutPeople >= photosWithoutPeople - 1, `${all!.photosWithoutPeople} photos without people`)
  })
}
