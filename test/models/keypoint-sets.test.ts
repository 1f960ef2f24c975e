import t from 'tap'
import type { KeypointSet } from '../../models/keypoint-set.ts'
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

  t.test(`${set.id}: trees reach every point of body, feet and hands`, async (t) => {
    const reached = new Set<number>()
    for (const { name, edges } of set.trees) {
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
