import type { Test } from 'tap'
import type { Fleet } from './start-fleet.ts'
import type { EventCounts } from './start-load.ts'

/** What nginx says when a connection to a replica was not even made, so that nothing of the request had been sent. */
const unsent = /while (connecting|SSL handshaking) to upstream/

/**
 * Label Studio sends no event twice, and so does nobody else: each has reached one replica, and a second one was asked only where nothing
 * had been sent. Fails `t` otherwise.
 */
export async function checkEvents (t: Test, { nginx }: Pick<Fleet, 'nginx'>, { taken, lost }: EventCounts): Promise<void> {
  const lines = (await nginx.log()).filter(({ path }) => path === '/webhook')
  const complaints = (await nginx.errors()).split('\n').filter((line) => line.includes('request: "POST /webhook '))
  const again = lines.reduce((sum, { servers }) => sum + servers.split(', ').length - 1, 0)
  const refused = complaints.filter((line) => unsent.test(line)).length
  t.comment(`${taken} events taken, ${lost} lost with the replica that had them; connections refused for ${refused}, ${again} of them went to another replica`)
  t.ok(taken > 0, 'events were sent')
  t.equal(lines.length, taken + lost, 'each came to the balancer once')
  t.ok(again <= refused, `asked again: ${again}, where nothing had been sent: ${refused}`)
}

/** Fails `t` unless so many events were received and counted by all replicas together. For replicas that were not started again: they count since their start. */
export async function checkEventCounts (t: Test, { replicas, client }: Pick<Fleet, 'replicas' | 'client'>, wanted: number): Promise<void> {
  const pages = await Promise.all(replicas.map(async ({ url }) => (await client.toReplica(`${url}/metrics`)).text))
  for (const event of ['received', 'created']) {
    const count = pages.reduce((sum, text) => sum + Number(new RegExp(`^rtmpose_annotation_events_total\\{event="${event}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0), 0)
    t.equal(count, wanted, `events ${event} by all replicas together`)
  }
}
