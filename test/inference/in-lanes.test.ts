import { setImmediate, setTimeout } from 'node:timers/promises'
import t from 'tap'
import { inLanes } from '../../src/inference/in-lanes.ts'

t.test('items of a stream are taken as lanes become free, and keep their numbers', async (t) => {
  let [made, running, most, ahead] = [0, 0, 0, 0]
  async function * stream () {
    for (; made < 50;) {
      await setImmediate()
      yield made++
    }
  }
  const seen: Array<[number, number]> = []
  await inLanes(stream(), 4, async (item, index) => {
    most = Math.max(most, ++running)
    ahead = Math.max(ahead, made - seen.length)
    await setTimeout(10 + item % 5)
    seen.push([item, index])
    running--
  })
  t.equal(seen.length, 50)
  t.ok(seen.every(([item, index]) => item === index))
  t.equal(most, 4)
  t.ok(ahead <= 4 + 1, `${ahead} items were made and not done`)
})

t.test('nothing begins after a failure, and items in memory begin at once', async (t) => {
  for (const items of [[1, 2, 3, 4, 5, 6], new Set([1, 2, 3, 4, 5, 6])]) {
    const begun: number[] = []
    const result = inLanes(items, 2, async (item) => {
      begun.push(item)
      await setTimeout(item === 1 ? 1 : 20)
      if (item === 1) throw new Error('first')
    })
    t.same(begun, [1, 2])
    await t.rejects(result, { message: 'first' })
    await setTimeout(40)
    t.same(begun, [1, 2])
  }
})
