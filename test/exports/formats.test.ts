import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import { cocoCategory } from '../../src/exports/coco-category.ts'
import { cocoWholebodyCategory } from '../../src/exports/coco-wholebody-category.ts'
import { csvLine } from '../../src/exports/csv-line.ts'
import type { ExportedPerson } from '../../src/exports/exported-picture.ts'
import { layOutPoints } from '../../src/exports/point-layout.ts'
import { toCocoAnnotation } from '../../src/exports/to-coco-annotation.ts'
import { toCocoWholebodyAnnotation, wholebodyBody } from '../../src/exports/to-coco-wholebody-annotation.ts'
import { toYoloLine } from '../../src/exports/to-yolo-line.ts'
import { yoloData } from '../../src/exports/yolo-data.ts'
import type { AnnotatedPerson, AnnotatedPoint } from '../../src/label-studio/annotated-person.ts'

const at = (x: number, y: number, more: Partial<AnnotatedPoint> = {}): AnnotatedPoint => ({ x, y, score: null, origin: 'manual', isOccluded: false, regionId: 'r', ...more })

function person (points: Record<number, AnnotatedPoint>, overrides: Partial<AnnotatedPerson> = {}): ExportedPerson {
  const all = cocoWholebody133.names.map((_, index) => points[index] ?? null)
  return { id: 7001, person: { id: 'b', imageName: 'image', itemIndex: null, width: 200, height: 100, bbox: [10.00049, 20, 60, 90], score: null, points: all, ...overrides } }
}

t.test('a person of COCO', async (t) => {
  const body = layOutPoints(cocoWholebody133, coco17.names.map((_, index) => index))
  const annotation = toCocoAnnotation(person({ 0: at(30.12345, 40), 5: at(20, 60, { isOccluded: true }), 20: at(1, 1) }), 7, body)
  t.same({ ...annotation, keypoints: annotation.keypoints.slice(0, 18) }, {
    id: 7001,
    image_id: 7,
    category_id: 1,
    iscrowd: 0,
    segmentation: [],
    bbox: [10, 20, 50, 70],
    area: 1855,
    num_keypoints: 2,
    keypoints: [30.123, 40, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 60, 1]
  })
  t.equal(annotation.keypoints.length, 51)
  t.equal(toCocoAnnotation(person({}, { score: 0.5 }), 7, body).score, 0.5, 'only what a model said has a score')
})

t.test('a person of COCO-WholeBody', async (t) => {
  const annotation = toCocoWholebodyAnnotation(person({ 16: at(1, 2), 22: at(3, 4), 23: at(50, 50), 90: at(60, 58), 91: at(5, 6), 132: at(7, 8) }), 7)
  t.equal(annotation.num_keypoints, 1, 'COCO\'s own 17 alone')
  t.same([annotation.keypoints, annotation.foot_kpts, annotation.face_kpts, annotation.lefthand_kpts, annotation.righthand_kpts].map(({ length }) => length), [51, 18, 204, 63, 63])
  t.same([annotation.keypoints.slice(-3), annotation.foot_kpts.slice(-3), annotation.face_kpts.slice(0, 3), annotation.lefthand_kpts.slice(0, 3), annotation.righthand_kpts.slice(-3)],
    [[1, 2, 2], [3, 4, 2], [50, 50, 2], [5, 6, 2], [7, 8, 2]])
  t.match(annotation, { foot_valid: true, face_valid: true, lefthand_valid: true, righthand_valid: true, face_box: [50, 50, 10, 8], lefthand_box: [5, 6, 0, 0] })
  t.match(toCocoWholebodyAnnotation(person({ 0: at(1, 2) }), 7), { foot_valid: false, face_valid: false, lefthand_valid: false, righthand_valid: false, face_box: [0, 0, 0, 0] })
})

t.test('a person without a box has that of the points, at least a pixel of it', async (t) => {
  const boxOf = (points: Record<number, AnnotatedPoint>) => toCocoAnnotation(person(points, { bbox: null }), 7, wholebodyBody).bbox
  t.same(boxOf({ 0: at(30, 40), 1: at(20, 60.5), 100: at(90, 50) }), [20, 40, 70, 20.5])
  t.same(boxOf({ 0: at(30, 40) }), [29.5, 39.5, 1, 1])
  t.same(boxOf({ 0: at(0, 100) }), [0, 99, 1, 1], 'inside the picture')
})

t.test('categories', async (t) => {
  const { keypoints, skeleton } = cocoCategory(layOutPoints(coco17))
  t.same(keypoints, coco17.names)
  // The pairs of COCO's own annotation files.
  t.same(new Set(skeleton.map((pair) => pair.join())), new Set('16,14 14,12 17,15 15,13 12,13 6,12 7,13 6,7 6,8 7,9 8,10 9,11 2,3 1,2 1,3 2,4 3,5 4,6 5,7'.split(' ')))

  const wholebody = cocoWholebodyCategory(wholebodyBody)
  t.equal(Math.max(...wholebody.skeleton.flat()), 17, 'pycocotools draws bones between `keypoints` alone')
  t.same([wholebody.keypoints, ...[wholebody.foot_keypoints, wholebody.face_keypoints, wholebody.lefthand_keypoints, wholebody.righthand_keypoints]].flat(), cocoWholebody133.names)
})

t.test('a layout keeps the bones and the pairs of left and right among its points', async (t) => {
  const index = (name: string) => halpe26.names.indexOf(name)
  const hips = layOutPoints(halpe26, ['left_hip', 'right_hip', 'hip'].map(index))
  t.same(hips.names, ['left_hip', 'right_hip', 'hip'])
  t.same(hips.links, [[0, 2], [1, 2]])
  t.same(hips.flip, [1, 0, 2])
  t.equal(layOutPoints(coco17, [0, 1]).flip, null, 'the right eye is not there')
  t.same(layOutPoints(cocoWholebody133).flip, cocoWholebody133.flip)
})

t.test('a line of YOLO', async (t) => {
  const layout = layOutPoints(coco17, [0, 1, 2])
  t.equal(toYoloLine(person({ 0: at(30, 40), 2: at(200, 0, { isOccluded: true }) }, { bbox: [10, 20, 60, 90] }).person, layout), '0 0.175 0.55 0.25 0.7 0.15 0.4 2 0 0 0 1 0 1')
  t.equal(yoloData(layout), `# Pictures lie in images/, labels in labels/ under the same names. Nothing is split off for validation: do so before training.
train: images
val: images
names:
  0: person
kpt_shape: [3, 3]
flip_idx: [0, 2, 1]
kpt_names:
  0: [nose, left_eye, right_eye]
`)
  t.notMatch(yoloData(layOutPoints(coco17, [1])), 'flip_idx')
})

t.test('a line of CSV', async (t) => {
  t.equal(csvLine([1, null, 'a,b', 'say "x"', 'line\nbreak', 'plain', 0.5]), '1,,"a,b","say ""x""","line\nbreak",plain,0.5\n')
})
