import { Readable } from 'node:stream'
import t from 'tap'
import { collectBytes } from '../../src/media/collect-bytes.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const bytes = seededBytes(300_000)

async function * inChunksOf (size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

t.test('the same bytes however they come, in a buffer of their own', async (t) => {
  for (const size of [7777, 65_536, 300_000]) {
    for (const expected of [null, 0, 1000, 300_000, 400_000]) {
      const collected = await collectBytes(inChunksOf(size), 500_000, expected)
      t.equal(Buffer.compare(collected, bytes), 0, `chunks of ${size}, ${expected} announced`)
      t.equal(collected.buffer.byteLength, 300_000)
    }
  }
  t.equal((await collectBytes(Readable.from([]), 10, null)).buffer.byteLength, 0)
})

t.test('stops at the bound and ends the stream', async (t) => {
  t.equal((await collectBytes(inChunksOf(1000), 300_000, null)).byteLength, 300_000)
  const stream = Readable.from(inChunksOf(1000))
  await t.rejects(collectBytes(stream, 299_999, null), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
  t.ok(stream.destroyed)
})

t.test('an announced length buys no more memory than the bound', async (t) => {
  const before = process.memoryUsage().arrayBuffers
  async function * measure (): AsyncGenerator<Uint8Array> {
    t.ok(process.memoryUsage().arrayBuffers - before < 2_000_000)
    yield new Uint8Array(1)
  }
  t.equal((await collectBytes(measure(), 1_000_000, Number.MAX_SAFE_INTEGER)).byteLength, 1)
})
