import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { oksOfPhoto, readLabelledPhotos } from '../../bench/labelled-photos.ts'
import { findDetector } from '../../models/find-model.ts'
import { areaOfBox, oks } from '../../models/people/oks.ts'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import type { Handler } from '../../workers/pipeline.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { decodeFile } from '../factories/decode-file.ts'
import { sharedDir } from '../factories/shared-dir.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { standardSettings } from '../factories/worker-settings.ts'

// All photos run through real networks: minutes on a busy machine.
t.setTimeout(900_000)
const shared = sharedDir()
const skip = shared === null ? 'needs the shared test data (SHARED_DIR)' : false
const formats = join(shared ?? '', 'testdata', 'images', 'formats')
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(formats, name)))

const BROKEN = {
  'corrupt-header.jpg': 'IMAGE_TRUNCATED',
  'truncated.jpg': 'IMAGE_TRUNCATED',
  'truncated.png': 'IMAGE_TRUNCATED',
  'giant-image.jpg': 'IMAGE_TOO_LARGE'
} as const

async function startWithSharedModels (): Promise<Handler> {
  const models = join(shared!, 'testdata', 'models')
  return await startWorker({
    detector: { path: join(models, 'detectors', 'yolox_nano_8xb8-300e_humanart-40f6f0d0.onnx'), sha256: '', entry: findDetector('yolox-nano-humanart') },
    pose: { path: join(models, 'pose', 'body17_as_wholebody133_simcc_256x192.onnx'), sha256: '', entry: null },
    ...standardSettings
  }, () => {})
}

t.test('odd files of the shared test data', { skip }, async (t) => {
  const handle = await startWithSharedModels()

  await t.test('every file gives a result or a named failure', async (t) => {
    const before = process.memoryUsage().rss
    for (const name of readdirSync(formats)) {
      const outcome = await handle(pictureJob(read(name)))
      const expected = BROKEN[name as keyof typeof BROKEN]
      if (expected === undefined) t.ok(outcome.ok, `${name}${outcome.ok ? '' : `: ${outcome.code} ${outcome.message}`}`)
      else t.equal(outcome.ok ? 'a result' : outcome.code, expected, name)
      if (!outcome.ok) t.match(outcome.message, /^.{3,200}$/, `${name}: ${outcome.message}`)
    }
    t.ok(process.memoryUsage().rss - before < 600e6, 'no picture took memory for more than itself')
  })

  await t.test('all EXIF orientations and encodings of one photo give the same pose', async (t) => {
    const photo = readLabelledPhotos(shared!).find(({ name }) => name === '000000000785')!
    const plain = expectStage(await handle(pictureJob(new Uint8Array(readFileSync(photo.path)))), 'done')
    t.equal(plain.people.length, 1)
    for (const name of readdirSync(formats).filter((name) => /^785_(?!tiny)/.test(name))) {
      const { width, height, people } = expectStage(await handle(pictureJob(read(name))), 'done')
      t.same([width, height], [640, 425], `${name}: upright size`)
      t.ok(oksOfPhoto(photo, people, width, height)[0]! > 0.8, `${name}: fits the labels`)
      const similarity = oks(plain.people[0]!.keypoints, people[0]!.keypoints, areaOfBox(plain.people[0]!.bbox), coco17.sigmas).oks
      t.ok(similarity > (/exif/.test(name) ? 0.97 : 0.9), `${name}: OKS ${similarity.toFixed(3)} against the plain file`)
    }
  })

  await t.test('pictures decode to the bytes that OpenCV sees', async (t) => {
    const golden = JSON.parse(readFileSync(join(shared!, 'golden', 'rtmlib.json'), 'utf8')) as { pictures: Record<string, { rgb_sha256: string, width: number, height: number }> }
    // libvips and OpenCV convert CMYK and AVIF's colours differently.
    const differently = ['785_cmyk.jpg', 'Channel_digital_image_CMYK_color.jpg', 'pitm.avif']
    let compared = 0
    for (const [path, { rgb_sha256: wanted, width, height }] of Object.entries(golden.pictures)) {
      const picture = await decodeFile(join(shared!, 'testdata', path))
      t.same([picture.width, picture.height], [width, height], `${path}: size`)
      if (differently.some((name) => path.endsWith(name))) continue
      t.equal(createHash('sha256').update(picture.rgb).digest('hex'), wanted, path)
      compared++
    }
    t.ok(compared >= 80)
  })
})
