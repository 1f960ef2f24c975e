import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import type { Person } from '../../models/person.ts'
import { comparePeople } from '../../src/quantization/compare-people.ts'
import { buildPerson } from '../factories/person.ts'

const at = (x: number, overrides: Parameters<typeof buildPerson>[1] = {}): Person => buildPerson(coco17, { bbox: [x, 50, x + 200, 450], ...overrides })

t.test('how a copy agrees with its original', async (t) => {
  t.same(comparePeople([{ original: [at(0), at(400)], copy: [at(400), at(0)] }], coco17), { people: 2, oks: 1, missed: 0, added: 0 }, 'in any order')
  t.same(comparePeople([{ original: [at(0), at(400)], copy: [at(0)] }, { original: [], copy: [at(100)] }], coco17), { people: 2, oks: 1, missed: 0.5, added: 0.5 })
  t.same(comparePeople([{ original: [], copy: [] }], coco17), { people: 0, oks: 1, missed: 0, added: 0 })

  const moved = comparePeople([{ original: [at(0)], copy: [at(6)] }], coco17).oks
  const movedFarther = comparePeople([{ original: [at(0)], copy: [at(20)] }], coco17).oks
  t.ok(moved < 1 && moved > 0.8, String(moved))
  t.ok(movedFarther < moved, 'farther is worse')
  t.equal(comparePeople([{ original: [at(0)], copy: [at(0, { missing: [0, 5, 9] })] }], coco17).oks.toFixed(6), (14 / 17).toFixed(6), 'a lost point earns nothing')
  t.equal(comparePeople([{ original: [at(0, { missing: [3] })], copy: [at(0)] }], coco17).oks, 1, 'a point the original has not is not judged')
  t.equal(comparePeople([{ original: [at(0)], copy: [at(150)] }], coco17).missed, 1, 'another place is another person')
})
