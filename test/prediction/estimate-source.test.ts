import t from 'tap'
import type { EstimateOptions, PictureEstimate, PoseEngine, Priority } from '../../src/inference/pose-engine.ts'
import type { PictureLoader } from '../../src/media/picture-loader.ts'
import { createEstimateSource, type EstimateSourceOptions } from '../../src/prediction/estimate-source.ts'
import { createResultCache } from '../../src/prediction/result-cache.ts'
import { noTraces } from '../../src/traces/no-traces.ts'

const nobody: PictureEstimate = { width: 1, height: 1, people: [], times: { decodeMs: 0, detectMs: 0, poseMs: 0, queueMs: 0 } }

function parts (overrides: Partial<EstimateSourceOptions> = {}) {
  const loads: string[] = []
  let estimates = 0
  const loader: PictureLoader = {
    async load ({ address }, signal) {
      loads.push(address)
      if (address.includes('silent')) await new Promise((_resolve, reject) => { signal.addEventListener('abort', () => { reject(signal.reason) }) })
      return new Uint8Array(Buffer.from(address.replace(/\?.*/, '')))
    },
    async close () {}
  }
  const engine = {
    async estimate () {
      estimates++
      await new Promise((resolve) => setImmediate(resolve))
      return nobody
    }
  } as unknown as PoseEngine
  const source = createEstimateSource({ loader, engine, cache: createResultCache({ maxBytes: 1e6 }), workers: 1, downloads: 2, maxBytes: 1000, queueSize: 100, metrics: null, traces: noTraces, ...overrides })
  return { source, loads, count: () => estimates }
}

const ask = (priority: Priority, signal = new AbortController().signal): EstimateOptions => ({ boxSource: { kind: 'detector' }, priority, signal })
const picture = (address: string) => ({ address, basicAuth: null })

t.test('a silent server behind a batch holds up nobody else', async (t) => {
  const { source, loads } = parts()
  const batch = new AbortController()
  const hanging = Array.from({ length: 20 }, (_, i) => source.estimate(picture(`http://silent.example/${i}`), ask('batch', batch.signal)).catch(() => {}))
  t.match(await source.estimate(picture('https://host.example/a'), ask('interactive')), { width: 1, people: [] })
  t.match(await source.estimate(picture('https://host.example/b'), ask('single')), { width: 1, people: [] })
  t.equal(loads.filter((address) => address.includes('silent')).length, 2, 'DOWNLOADS at once')
  t.equal(source.running + source.waiting, 20)
  batch.abort()
  await Promise.all(hanging)
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(source.running + source.waiting, 0)
})

t.test('files of the largest size that wait for a worker keep further ones from being fetched', async (t) => {
  let go = () => {}
  const going = new Promise<void>((resolve) => { go = resolve })
  const loads: string[] = []
  const loader: PictureLoader = {
    async load ({ address }) {
      loads.push(address)
      // Each with a content of its own.
      return new Uint8Array(1000).fill(loads.length)
    },
    async close () {}
  }
  const engine = { async estimate () { await going; return nobody } } as unknown as PoseEngine
  const { source } = parts({ loader, engine, workers: 8 })
  const asked = Array.from({ length: 30 }, (_, i) => source.estimate(picture(`https://host.example/${i}`), ask('batch')))
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(loads.length, 2, 'DOWNLOADS of the largest, and not as many as the workers could take')
  go()
  await Promise.all(asked)
  t.equal(loads.length, 30)
})

t.test('the same cloud name in two projects is two pictures', async (t) => {
  const { source, loads } = parts()
  await Promise.all([1, 1, 2].map((project) => source.estimate({ ...picture('s3://bucket/a.jpg'), owner: { task: 5, project } }, ask('batch'))))
  t.equal(loads.length, 2)
})

t.test('a data: picture needs no place among the downloads', async (t) => {
  const { source } = parts()
  const batch = new AbortController()
  const hanging = [0, 1].map((i) => source.estimate(picture(`http://silent.example/${i}`), ask('batch', batch.signal)).catch(() => {}))
  t.match(await source.estimate(picture('data:image/png;base64,AA=='), ask('batch')), { width: 1, people: [] })
  batch.abort()
  await Promise.all(hanging)
})

t.test('the same content is estimated once, for each box source and threshold', async (t) => {
  const { source, count } = parts()
  t.match(await source.estimate(picture('https://host.example/a?x=1'), ask('batch')), { isKnown: false })
  t.match(await source.estimate(picture('https://host.example/a?x=2'), ask('single')), { isKnown: true })
  t.equal(count(), 1)
  t.match(await source.estimate(picture('https://host.example/a?x=2'), { ...ask('single'), confidenceThreshold: 0 }), { isKnown: false })
  t.match(await source.estimate(picture('https://host.example/a?x=1'), { ...ask('batch'), confidenceThreshold: 0 }), { isKnown: true })
  t.equal(count(), 2)
  await source.estimate(picture('https://host.example/a?x=3'), { ...ask('single'), boxSource: { kind: 'boxes', boxes: [[0, 0, 1, 1]] } })
  t.equal(count(), 3)
})

t.test('twins in flight share one computation, unless their credentials differ', async (t) => {
  const { source, loads, count } = parts({ cache: createResultCache({ maxBytes: 0 }) })
  await Promise.all([1, 2].map(() => source.estimate(picture('https://host.example/a'), ask('single'))))
  t.same([loads.length, count(), source.estimated], [1, 1, 1])
  await Promise.all([{ user: 'a', password: '1' }, { user: 'b', password: '1' }].map((basicAuth) => source.estimate({ address: 'https://host.example/a', basicAuth }, ask('single'))))
  t.same([loads.length, count()], [3, 3])
})

t.test('the waiting room is bounded', async (t) => {
  const { source } = parts({ queueSize: 1 })
  const batch = new AbortController()
  const answers = Array.from({ length: 8 }, (_, i) => source.estimate(picture(`http://silent.example/${i}`), ask('batch', batch.signal)).then(() => 'done', (error) => error.errorName))
  await new Promise((resolve) => setImmediate(resolve))
  batch.abort()
  t.equal((await Promise.all(answers)).filter((name) => name === 'QUEUE_FULL').length, 3, '4 in hand, 1 waiting')
})
