import t from 'tap'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { createPoseError } from '../../src/errors.ts'
import type { PictureEstimate } from '../../src/inference/pose-engine.ts'
import { createLabelConfigPlanner } from '../../src/label-studio/label-config-planner.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { predictTasks, type PredictTasksOptions } from '../../src/prediction/predict-tasks.ts'

const nobody: PictureEstimate = { width: 640, height: 480, people: [], times: { decodeMs: 1, detectMs: 1, poseMs: 0, queueMs: 0 } }
const tasks = (count: number) => Array.from({ length: count }, (_, id) => ({ id, data: { image: `https://host.example/${id}.jpg` } }))

function options (estimate: PredictTasksOptions['estimate'], rest: Partial<PredictTasksOptions> = {}): PredictTasksOptions {
  return {
    planner: createLabelConfigPlanner(),
    estimate,
    keypointSet: keypointSets['coco-wholebody-133'],
    modelVersion: 'rtmlib-test@00000000',
    shortModelVersion: 'rtmlib-test',
    keypointSize: 0.3,
    maxPeople: 50,
    budgetMs: 10_000,
    tasksAtOnce: 4,
    ...rest
  }
}

/** Stays until it is called off, as a picture behind a silent server does. */
function untilCalledOff (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    // Stands for the open socket: the budget's own timer does not keep a process alive.
    const socket = setInterval(() => {}, 1000)
    signal.addEventListener('abort', () => {
      clearInterval(socket)
      reject(createPoseError('CANCELLED', 'called off'))
    })
  })
}

t.test('what is not done within the budget is left for the next call, what is done is kept', async (t) => {
  const { entries, failed } = await predictTasks({ tasks: tasks(20), label_config: labelConfigPreset('body17') }, new AbortController().signal,
    options(async ({ address }, { signal }) => /\/[0-2]\.jpg/.test(address) ? nobody : await untilCalledOff(signal), { budgetMs: 50 }))
  const answers = entries.map((entry) => JSON.parse(entry))
  t.equal(answers.length, 20)
  t.ok(answers.slice(0, 3).every(({ result }) => Array.isArray(result)))
  t.ok(answers.slice(3).every(({ result, error, code }) => result === undefined && code === 'POSE_ERR_TIME_BUDGET' && /Retrieve predictions again/.test(error)))
  t.equal(failed, 17)
})

t.test('only a few tasks of a request are in hand at once', async (t) => {
  let inHand = 0
  let most = 0
  await predictTasks({ tasks: tasks(50) }, new AbortController().signal, options(async () => {
    most = Math.max(most, ++inHand)
    await new Promise((resolve) => setImmediate(resolve))
    inHand--
    return nobody
  }))
  t.equal(most, 4)
})

t.test('a client that leaves takes its waiting tasks along', async (t) => {
  const client = new AbortController()
  let begun = 0
  const answer = predictTasks({ tasks: tasks(20) }, client.signal, options(async (_source, { signal }) => {
    begun++
    return await untilCalledOff(signal)
  }))
  await new Promise((resolve) => setImmediate(resolve))
  client.abort()
  const { entries } = await answer
  t.equal(begun, 4)
  t.ok(entries.every((entry) => JSON.parse(entry).code === 'POSE_ERR_CANCELLED'))
})

t.test('an unexpected error is not hidden in an entry', async (t) => {
  await t.rejects(predictTasks({ tasks: tasks(2) }, new AbortController().signal, options(async () => { throw new TypeError('a bug') })), new TypeError('a bug'))
})

t.test('priorities and credentials reach the picture', async (t) => {
  const seen: unknown[] = []
  const watch = options(async (source, { priority, boxSource }) => {
    seen.push([priority, boxSource.kind, source.basicAuth?.user ?? null])
    return nobody
  })
  const signal = new AbortController().signal
  const labelConfig = labelConfigPreset('body17')
  await predictTasks({ tasks: tasks(1), label_config: labelConfig }, signal, watch)
  await predictTasks({ tasks: tasks(2), label_config: labelConfig, params: { login: 'ann', password: 'x' } }, signal, watch)
  await predictTasks({ tasks: tasks(1), label_config: labelConfig, params: { context: { result: [{ type: 'rectangle', to_name: 'image', value: { x: 1, y: 1, width: 9, height: 9 } }] } } }, signal, watch)
  t.same(seen, [['single', 'detector', null], ['batch', 'detector', 'ann'], ['batch', 'detector', 'ann'], ['interactive', 'boxes', null]])
})
