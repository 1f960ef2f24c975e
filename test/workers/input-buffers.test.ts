import { Tensor } from 'onnxruntime-node'
import t from 'tap'
import type { Role } from '../../workers/protocol.ts'
import { createSession, type Session } from '../../workers/session/create-session.ts'
import { startWorker } from '../../workers/start-worker.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { writeTestModels } from '../factories/onnx-model.ts'
import { expectStage, pictureJob } from '../factories/worker-jobs.ts'
import { testSettings } from '../factories/worker-settings.ts'

t.test('networks read their input where it was written: one buffer each for all pictures, nothing copied', async (t) => {
  const buffers: Record<Role, ArrayBufferLike[]> = { detector: [], pose: [] }
  const batches: number[] = []
  const open: typeof createSession = async (path, role, ...rest) => {
    const session = await createSession(path, role, ...rest)
    const run: Session['run'] = async (feeds: Parameters<Session['run']>[0]) => {
      const [tensor] = Object.values(feeds) as Tensor[]
      buffers[role].push((tensor!.data as Float32Array).buffer)
      if (role === 'pose') batches.push(tensor!.dims[0]!)
      return await session.run(feeds)
    }
    return Object.assign(Object.create(session) as Session, { run })
  }
  const handle = await startWorker(testSettings(await writeTestModels(t.testdir())), () => {}, open)
  // The first of each was the warm-up's.
  buffers.detector.length = buffers.pose.length = batches.length = 0
  const pictures = await Promise.all([
    drawPicture({ figures: [0.1] }),
    drawPicture({ width: 1200, height: 500, figures: [0.02, 0.36, 0.7] }),
    drawPicture({ width: 300, height: 700, figures: [0.2] })
  ])
  for (const picture of [...pictures, ...pictures]) expectStage(await handle(pictureJob(picture)), 'done')
  t.same(batches, [1, 2, 1, 1, 1, 2, 1, 1], 'people in pairs')
  for (const role of ['detector', 'pose'] as const) {
    t.equal(buffers[role].length, role === 'detector' ? 6 : 8)
    t.equal(new Set(buffers[role]).size, 1, `${role}: one buffer`)
  }
  t.not(buffers.detector[0], buffers.pose[0])
})
