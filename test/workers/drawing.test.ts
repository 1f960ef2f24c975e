import sharp from 'sharp'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { pointColours } from '../../models/part-colours.ts'
import { drawPeople } from '../../workers/drawing/draw-people.ts'
import { peopleOverlay } from '../../workers/drawing/people-overlay.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { buildPerson } from '../factories/person.ts'

const size = { width: 400, height: 500, scale: 1 }
const count = (svg: string, tag: string) => svg.split(`<${tag} `).length - 1

t.test('every point and bone of every person', async (t) => {
  for (const set of [coco17, cocoWholebody133]) {
    const svg = peopleOverlay([buildPerson(set), buildPerson(set)], set, size)
    t.equal(count(svg, 'circle'), 2 * set.names.length)
    t.equal(count(svg, 'line'), 2 * set.links.length)
    t.equal(count(svg, 'rect'), 4, 'a box and the bar of its score')
    t.notMatch(svg, /NaN|undefined|<text/)
  }
  t.equal(count(peopleOverlay([], coco17, size), 'rect'), 0)
})

t.test('points that were not found are left out, with their bones', async (t) => {
  const svg = peopleOverlay([buildPerson(coco17, { missing: [9] })], coco17, size)
  t.equal(count(svg, 'circle'), 16)
  t.equal(count(svg, 'line'), coco17.links.length - coco17.links.filter((link) => link.includes(9)).length)
})

t.test('colours: the person\'s own left is cool, the right warm; sure points are green', async (t) => {
  const only = (...found: number[]) => peopleOverlay([buildPerson(coco17, { missing: coco17.names.map((_, index) => index).filter((index) => !found.includes(index)) })], coco17, size)
  const stroke = (svg: string) => /<line [^>]*stroke="([^"]+)"/.exec(svg)?.[1]
  t.equal(stroke(only(5, 7)), pointColours.body.left, 'left upper arm')
  t.equal(stroke(only(6, 8)), pointColours.body.right, 'right upper arm')
  t.equal(stroke(only(5, 6)), pointColours.body.middle, 'between the shoulders')
  const hue = (confidence: number) => Number(/<circle [^>]*fill="hsl\((\d+),/.exec(peopleOverlay([buildPerson(coco17, { points: { 0: [1, 1, confidence] } })], coco17, size))?.[1])
  t.same([hue(0.01), hue(0.5), hue(1), hue(1.4)], [1, 60, 120, 120])
})

t.test('on the picture', async (t) => {
  const bytes = await drawPicture({ width: 640, height: 480 })
  const person = buildPerson(coco17, { bbox: [200, 100, 400, 400], points: { 0: [320, 200, 1] } })
  for (const [maxSide, scale, format] of [[1600, 1, 'png'], [320, 0.5, 'png'], [1600, 1, 'jpeg']] as const) {
    const drawn = await drawPeople(bytes, [person], coco17, { maxSide, format, maxPixels: 1e6 })
    if (!drawn.ok) throw new Error(drawn.message)
    t.equal((await sharp(drawn.value).metadata()).format, format)
    const { data, info } = await sharp(drawn.value).raw().toBuffer({ resolveWithObject: true })
    t.same([info.width, info.height], [640 * scale, 480 * scale])
    const [red, green, blue] = [...data.subarray((Math.round(200 * scale) * info.width + Math.round(320 * scale)) * info.channels)] as [number, number, number]
    t.ok(green > 150 && green > red * 1.5 && green > blue * 1.5, `a green point at the sure nose: ${[red, green, blue].join()}`)
  }
})

t.test('a turned photo is drawn upright', async (t) => {
  const turned = new Uint8Array(await sharp(await drawPicture({ width: 640, height: 480 })).withMetadata({ orientation: 6 }).jpeg().toBuffer())
  const drawn = await drawPeople(turned, [], coco17, { maxSide: 1600, format: 'png', maxPixels: 1e6 })
  if (!drawn.ok) throw new Error(drawn.message)
  t.match(await sharp(drawn.value).metadata(), { width: 480, height: 640 })
})

t.test('what is no picture is a failure with a name', async (t) => {
  t.match(await drawPeople(new Uint8Array([1, 2, 3]), [], coco17, { maxSide: 100, format: 'png', maxPixels: 1e6 }), { ok: false, code: 'IMAGE_FORMAT' })
  t.match(await drawPeople(await drawPicture(), [], coco17, { maxSide: 100, format: 'png', maxPixels: 10 }), { ok: false, code: 'IMAGE_TOO_LARGE' })
})
