import { readFileSync } from 'node:fs'
import t from 'tap'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { sideOfPoint } from '../../models/keypoints/side-of-point.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'

const COUNTS: Record<KeypointSet['id'], { points: number, links: number }> = {
  'coco-17': { points: 17, links: 19 },
  'halpe-26': { points: 26, links: 27 },
  'coco-wholebody-133': { points: 133, links: 65 }
}

for (const set of Object.values(keypointSets)) {
  const { points, links } = COUNTS[set.id]

  t.test(`${set.id}: names and sizes`, async (t) => {
    t.equal(keypointSets[set.id], set)
    t.equal(set.names.length, points)
    t.equal(new Set(set.names).size, points, 'no name stands twice')
    t.equal(set.sigmas.length, points)
    t.ok(set.sigmas.every((sigma) => sigma > 0 && sigma < 0.2))
    t.equal(set.links.length, links)
    t.equal(new Set(set.links.map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`)).size, links, 'no link stands twice')
    t.ok(set.links.flat().every((point) => point >= 0 && point < points))
  })

  t.test(`${set.id}: the mirror swaps left and right and nothing else`, async (t) => {
    t.same([...set.flip].sort((a, b) => a - b), set.names.map((_, index) => index), 'a permutation')
    for (const [index, other] of set.flip.entries()) {
      t.equal(set.flip[other], index, `${set.names[index]}: its own inverse`)
      const name = set.names[index]!
      const mirrored = name.startsWith('left_') ? name.replace('left_', 'right_') : name.replace('right_', 'left_')
      if (!name.startsWith('face-')) t.equal(set.names[other], mirrored)
    }
  })

  t.test(`${set.id}: parts cover every point once`, async (t) => {
    const covered = set.parts.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
    t.same(covered, set.names.map((_, index) => index))
  })

  t.test(`${set.id}: trees reach every point of body, feet and hands, with the body whole or in two sides`, async (t) => {
    for (const left of [['left_side', 'right_side'], ['body']]) {
      const reached = new Set<number>()
      for (const { name, edges } of set.trees.filter((tree) => !left.includes(tree.name))) {
        const own = new Set<number>()
        for (const [index, [child, parent]] of edges.entries()) {
          t.equal(parent === -1, index === 0, `${name}: one root, and it comes first`)
          if (parent !== -1) t.ok(own.has(parent), `${name}: ${set.names[parent]} comes before ${set.names[child]}`)
          t.notOk(reached.has(child), `${set.names[child]} belongs to one tree`)
          own.add(child)
          reached.add(child)
        }
      }
      t.equal(reached.size, set.names.filter((name) => !name.startsWith('face-')).length)
    }
  })

  t.test(`${set.id}: no side holds a point of the other`, async (t) => {
    const namesOf = (tree: string) => set.trees.find(({ name }) => name === tree)!.edges.map(([child]) => set.names[child]!)
    t.same(namesOf('left_side').filter((name) => name.startsWith('right_')), [])
    t.same(namesOf('right_side').filter((name) => !name.startsWith('right_')), [])
  })
}

t.test('the whole body stands where COCO-WholeBody puts it', async (t) => {
  const { names, flip, sigmas, links } = keypointSets['coco-wholebody-133']
  const at = (name: string): number => names.indexOf(name)
  t.same(['left_big_toe', 'right_heel', 'face-0', 'face-67', 'left_hand_root', 'left_thumb1', 'left_pinky_finger4', 'right_hand_root', 'right_pinky_finger4'].map(at),
    [17, 22, 23, 90, 91, 92, 111, 112, 132])
  t.ok(Math.abs(sigmas.reduce((sum, sigma) => sum + sigma, 0) - 3.861) < 1e-9, 'sum of the published sigmas')
  // Corners of the jaw, the tip of the nose, outer corners of the eyes, corners of the mouth (300W numbers + 23).
  t.same([23, 53, 59, 71].map((point) => flip[point]), [39, 53, 68, 77])
  t.notOk(links.flat().some((point) => point >= 23 && point <= 90), 'no link in the face')
  t.notOk(links.some(([a, b]) => [9, 10].includes(a) && b >= 91), 'none from wrist to hand')
})

t.test('the sides of the points: the mirror swaps them, and the drawn faces have them where they say', async (t) => {
  const { names, flip } = cocoWholebody133
  const opposite = { left: 'right', right: 'left', middle: 'middle' }
  t.same(names.map((_, index) => sideOfPoint(flip[index]!)), names.map((_, index) => opposite[sideOfPoint(index)]))
  t.equal(names.filter((name, index) => name.startsWith('face-') && sideOfPoint(index) === 'left').length, 29)

  // Seen from the front, whoever looks at us has their left at our right. Mouth and eyes against the bridge of the nose.
  const truth = JSON.parse(readFileSync(new URL('../fixtures/drawn/truth.json', import.meta.url), 'utf8')) as Record<string, { people: Array<{ keypoints: number[][] }> }>
  const frontal = truth['figure-1.jpg']!.people[0]!.keypoints
  for (let index = names.indexOf('face-36'); index <= names.indexOf('face-47'); index++) {
    t.equal(frontal[index]![0]! > frontal[names.indexOf('face-27')]![0]!, sideOfPoint(index) === 'left', names[index]!)
  }
})
