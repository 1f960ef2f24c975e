/** What the embedded models can do, against the floors of targets.ts. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { oksOfPhoto, readLabelledPhotos, type LabelledPerson } from '../../bench/labelled-photos.ts'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { areaOfBox, oks } from '../../models/people/oks.ts'
import { FEWEST_POINTS, filterPoints } from '../../models/people/filter-points.ts'
import type { Person } from '../../models/person.ts'
import { starterDetector, starterPose, starterVersion } from '../../models/registry/starter.ts'
import { starterFolder } from '../../src/starter-folder.ts'
import { createSeededRandom } from '../factories/seeded-random.ts'
import { sharedDir } from '../factories/shared-dir.ts'
import { runStarter } from './run-starter.ts'
import { targets, type Target } from './targets.ts'

t.setTimeout(600_000)

type Test = Pick<typeof t, 'ok' | 'comment'>
type Box = readonly [number, number, number, number]

const shared = sharedDir()
const drawn = new URL('../fixtures/drawn/', import.meta.url)
const truth = JSON.parse(readFileSync(new URL('truth.json', drawn), 'utf8')) as Record<string, { people: Array<{ box: Box, keypoints: number[][] }> }>
const figures = Object.entries(truth).filter(([, { people }]) => people.length > 0)
const empty = Object.keys(truth).filter((name) => truth[name]!.people.length === 0)
const threshold = starterPose.pointThreshold!

function check (t: Test, { what, floor, target, better }: Target, value: number): void {
  const reached = better === 'higher' ? value >= target : value <= target
  t.comment(`${what}: ${value.toFixed(4)}, asked ${floor}, target ${target}${reached ? ' reached' : ''}`)
  t.ok(better === 'higher' ? value >= floor : value <= floor, `${what}: ${value} is not ${better === 'higher' ? 'below' : 'above'} ${floor}`)
}

function readDrawn (name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, drawn)))
}

function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function overlap (a: readonly number[], b: readonly number[]): number {
  const width = Math.min(a[2]!, b[2]!) - Math.max(a[0]!, b[0]!)
  const height = Math.min(a[3]!, b[3]!) - Math.max(a[1]!, b[1]!)
  if (width <= 0 || height <= 0) return 0
  const area = (box: readonly number[]) => (box[2]! - box[0]!) * (box[3]! - box[1]!)
  return width * height / (area(a) + area(b) - width * height)
}

t.test('the files are those that starter.json describes', async (t) => {
  let bytes = 0
  for (const { file, sha256, bytes: expected } of [starterDetector, starterPose]) {
    const content = readFileSync(join(starterFolder(), file))
    bytes += content.length
    t.equal(content.length, expected, file)
    t.equal(createHash('sha256').update(content).digest('hex'), sha256, file)
  }
  check(t, targets.megabytes, bytes / 1e6)
  for (const entry of [starterDetector, starterPose]) {
    t.match(entry.license, 'CC BY-NC 4.0')
    t.match(entry.title, starterVersion)
  }
  t.match(readFileSync(join(starterFolder(), 'MODEL_CARD.md'), 'utf8'), `Version ${starterVersion}.`, 'the card is of the same version')
})

t.test('the drawn figures of this project', async (t) => {
  const starter = await runStarter(threshold)
  const scores: number[] = []
  let found = 0
  for (const [name, { people }] of figures) {
    const { people: answers } = await starter.poses(readDrawn(name))
    for (const person of people) {
      const labelled = Float64Array.from(person.keypoints.slice(0, 17).flat())
      const known = person.keypoints.slice(0, 17).filter(([, , visible]) => visible! > 0).length
      // A point that was left out earns nothing.
      const best = Math.max(0, ...answers.map((answer) => {
        const { oks: similarity, common } = oks(labelled, answer.keypoints, areaOfBox(person.box), coco17.sigmas, 0, 16)
        return similarity * common / known
      }))
      scores.push(best)
      if (answers.some(({ bbox }) => overlap(bbox, person.box) >= 0.5)) found++
    }
  }
  check(t, targets.figuresFound, found / scores.length)
  check(t, targets.figuresOks, mean(scores))
})

t.test('nobody is found where nobody is', async (t) => {
  const starter = await runStarter(threshold)
  const random = createSeededRandom(5)
  const raw = { width: 480, height: 360, channels: 3 as const }
  const size = raw.width * raw.height * 3
  const pictures: Array<[string, Uint8Array<ArrayBuffer>]> = empty.map((name) => [name, readDrawn(name)])
  for (const [name, values] of [
    ['black', new Uint8Array(size)],
    ['plain', new Uint8Array(size).fill(140)],
    ['noise', Uint8Array.from({ length: size }, () => random() * 256)]
  ] as const) pictures.push([name, new Uint8Array(await sharp(values, { raw }).png().toBuffer())])
  t.ok(pictures.length >= 6)
  let invented = 0
  for (const [name, file] of pictures) {
    const { people } = await starter.poses(file)
    if (people.length > 0) t.comment(`${people.length} people on ${name}`)
    invented += people.length
  }
  check(t, targets.invented, invented)
})

t.test('labelled photos', { skip: shared === null ? 'needs the shared test data (SHARED_DIR)' : false }, async (t) => {
  const photos = readLabelledPhotos(shared!)
  const starter = await runStarter(0)
  const own = { all: [] as number[], usual: [] as number[] }
  const given = { all: [] as number[], usual: [] as number[] }
  const right = { all: 0, kept: 0 }
  let people = 0
  let inBox = 0
  let boxCount = 0
  for (const photo of photos) {
    const file = new Uint8Array(readFileSync(photo.path))
    const { people: found, width, height } = await starter.poses(file)
    own.all.push(...oksOfPhoto(photo, found, width, height))
    own.usual.push(...oksOfPhoto(photo, usual(found), width, height))

    const boxes = await starter.boxes(file)
    boxCount += boxes.length
    for (const { bbox } of photo.people) {
      people++
      const pixels = [bbox[0] * width, bbox[1] * height, bbox[2] * width, bbox[3] * height]
      if (boxes.some((box) => overlap(box, pixels) >= 0.5)) inBox++
    }

    for (const person of photo.people) {
      const alone = { ...photo, people: [person] }
      const { people: posed } = await starter.poses(file, { kind: 'boxes', boxes: [person.bbox] })
      given.all.push(...oksOfPhoto(alone, posed, width, height))
      given.usual.push(...oksOfPhoto(alone, usual(posed, 1), width, height))
      for (const confidence of confidencesOfRightPoints(person, posed[0], width, height)) {
        right.all++
        if (confidence >= threshold) right.kept++
      }
    }
  }
  t.equal(given.all.length, 77)
  t.equal(people, 86)
  check(t, targets.labelledBoxesOks, mean(given.all))
  check(t, targets.recall, inBox / people)
  check(t, targets.boxesPerPicture, boxCount / photos.length)
  check(t, targets.endToEndOks, mean(own.all))
  check(t, targets.lostAtDefault, mean(own.all) - mean(own.usual))
  check(t, targets.lostAtDefault, mean(given.all) - mean(given.usual))
  check(t, targets.keptAtDefault, right.kept / right.all)
})

function usual (people: readonly Person[], fewestPoints = FEWEST_POINTS): Person[] {
  return people.map((person) => filterPoints(person, { confidenceThreshold: threshold, fewestPoints })).filter((person) => person !== null)
}

/** A body point is right when its own term of the OKS is above 0.5. */
function confidencesOfRightPoints (person: LabelledPerson, posed: Person | undefined, width: number, height: number): number[] {
  if (posed === undefined) return []
  const bbox = [person.bbox[0] * width, person.bbox[1] * height, person.bbox[2] * width, person.bbox[3] * height] as const
  const labelled = person.keypoints.map((value, index) => value * [width, height, 1][index % 3]!)
  return Array.from({ length: 17 }, (_, point) => point)
    .filter((point) => oks(labelled, posed.keypoints, areaOfBox(bbox), coco17.sigmas, point, point).oks > 0.5)
    .map((point) => posed.keypoints[point * 3 + 2]!)
}
