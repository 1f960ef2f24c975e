/** Far more callers than a fleet takes, who ask again and again: it answers all it can, refuses the rest at once, and is as before when they have gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { lacksFleet, startFleet } from './start-fleet.ts'

const callers = 30
const lastsMs = 10_000

t.test('a storm of requests', { skip: lacksFleet(), timeout: 180_000 }, async (t) => {
  const { url, client, pictures, replicas } = await startFleet(t, { env: { MAX_REQUESTS: '2', QUEUE_SIZE: '2', CACHE_MB: '0' } })
  const statuses: Record<number, number> = {}
  const refusalsMs: number[] = []
  let number = 0
  let left = 0

  async function predict (): Promise<number> {
    const asked = performance.now()
    const { status, text, retryAfter } = await client.toNginx(`${url}/predict`, { body: { tasks: [{ data: { image: pictures.slowPicture(++number) } }], params: { context: null } } })
    statuses[status] = (statuses[status] ?? 0) + 1
    if (status === 503) {
      refusalsMs.push(performance.now() - asked)
      if ((JSON.parse(text) as { code: string }).code !== 'POSE_ERR_OVERLOADED' || retryAfter === null) t.fail(`a refusal without code or Retry-After: ${text}`)
    } else if (/"code":"POSE_ERR_QUEUE_FULL"/.test(text)) left++
    else if (!/"people":\[\{/.test(text)) t.fail(`neither people nor a refusal: ${status} ${text.slice(0, 300)}`)
    return status
  }

  const end = performance.now() + lastsMs
  await Promise.all(Array.from({ length: callers }, async () => {
    while (performance.now() < end) {
      // Sooner than they are told to.
      if (await predict() !== 200) await sleep(1000 * Math.random())
    }
  }))
  t.same(Object.keys(statuses).sort(), ['200', '503'], 'answers and refusals, nothing else')
  t.ok(refusalsMs.length > callers, 'it was a storm')
  refusalsMs.sort((a, b) => a - b)
  t.comment(`${JSON.stringify(statuses)}, ${left} left for the next call; refused after ${refusalsMs[refusalsMs.length >> 1]!.toFixed(0)} ms (median), ${refusalsMs.at(-1)!.toFixed(0)} ms (longest)`)

  for (let i = 0; i < 10; i++) t.equal(await predict(), 200, 'as soon as they are gone everybody is answered')
  for (const { url } of replicas) {
    const { text } = await client.toReplica(`${url}/health`)
    t.match(JSON.parse(text), { reason: null, pictures: { waiting: 0, running: 0 } }, 'nothing hangs')
  }
})
