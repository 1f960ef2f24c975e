import t from 'tap'
import type { Priority } from '../../src/inference/pose-engine.ts'
import { createPictureRoom, type Place } from '../../src/prediction/picture-room.ts'
import { roomInPictures } from '../../src/room-in-pictures.ts'

const { signal } = new AbortController()
const priorities: Priority[] = ['background', 'batch', 'single', 'interactive']

function enterAll (room: ReturnType<typeof createPictureRoom>, priority: Priority, count: number): Place[] {
  const inside: Place[] = []
  for (let i = 0; i < count; i++) room.enter(priority, signal).then((place) => { inside.push(place) }, () => {})
  return inside
}
const settle = async () => { await new Promise((resolve) => setImmediate(resolve)) }

t.test('never more than the plan of the memory counts, whoever comes first', async (t) => {
  for (const pictures of [1, 2, 8]) {
    for (const order of [priorities, [...priorities].reverse()]) {
      const room = createPictureRoom({ maxBytes: 100, pictures })
      let most = 0
      const inside: Place[] = []
      for (const priority of order) {
        for (let i = 0; i < 20; i++) room.enter(priority, signal).then((place) => { inside.push(place) }, t.error)
        await settle()
        most = Math.max(most, room.heldBytes)
      }
      // One goes, others come, until all were inside.
      let left = 0
      for (; inside.length > 0; left++) {
        inside.splice(left % inside.length, 1)[0]!.leave()
        await settle()
        most = Math.max(most, room.heldBytes)
      }
      t.equal(left, 80, 'all come in')
      t.ok(most <= roomInPictures(pictures) * 100, `${most} bytes with room for ${pictures}`)
      t.equal(room.heldBytes, 0)
    }
  }
})

t.test('small pictures give back what they do not need; a full room lets others have two', async (t) => {
  const room = createPictureRoom({ maxBytes: 100, pictures: 2 })
  const batch = enterAll(room, 'batch', 5)
  await settle()
  t.equal(batch.length, 2)
  const annotators = enterAll(room, 'interactive', 3)
  await settle()
  t.equal(annotators.length, 2)
  for (const place of [...batch, ...annotators]) place.keep(1)
  await settle()
  t.equal(annotators.length, 3, 'the annotator first')
  t.equal(batch.length, 3)
  t.equal(room.heldBytes, 204)
})

t.test('who gives up waiting is gone', async (t) => {
  const room = createPictureRoom({ maxBytes: 100, pictures: 1 })
  const batch = enterAll(room, 'batch', 2)
  await settle()
  const controller = new AbortController()
  const waiting = room.enter('batch', controller.signal)
  controller.abort()
  await t.rejects(waiting, { code: 'POSE_ERR_CANCELLED' })
  await t.rejects(room.enter('batch', controller.signal), { code: 'POSE_ERR_CANCELLED' })
  for (const place of batch) place.leave()
  await settle()
  t.equal(room.heldBytes, 0)
})
