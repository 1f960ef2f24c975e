import t from 'tap'
import { createResultCache } from '../../src/prediction/result-cache.ts'

function estimate (people: number) {
  return {
    width: 1,
    height: 1,
    people: Array.from({ length: people }, () => ({ bbox: [0, 0, 1, 1] as const, score: 1, bboxScore: 1, keypoints: new Float64Array(133 * 3) })),
    times: { decodeMs: 0, detectMs: 0, poseMs: 0, queueMs: 0 }
  }
}

t.test('bounded by bytes, the least recently used goes first', async (t) => {
  const cache = createResultCache({ maxBytes: 12_000 })
  for (const key of ['a', 'b', 'c']) cache.set(key, estimate(1))
  t.ok(cache.get('a'))
  cache.set('d', estimate(1))
  t.notOk(cache.get('b'), 'three people of 133 points fill it')
  t.ok(cache.get('a'))
  t.ok(cache.get('d'))
  cache.set('crowd', estimate(50))
  t.notOk(cache.get('crowd'), 'what is larger than the cache is not kept')
  t.ok(cache.get('a'), 'and drives nothing out')
})

t.test('0 = off', async (t) => {
  const cache = createResultCache({ maxBytes: 0 })
  cache.set('a', estimate(1))
  t.equal(cache.get('a'), undefined)
})
