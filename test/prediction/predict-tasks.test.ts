import t from 'tap'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { createPoseError } from '../../src/errors.ts'
import { createLabelConfigPlanner } from '../../src/label-studio/label-config-planner.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { createAnswerBudget } from '../../src/prediction/answer-budget.ts'
import type { SourceEstimate } from '../../src/prediction/estimate-source.ts'
import { predictTasks, type PredictTasksOptions } from '../../src/prediction/predict-tasks.ts'
import { buildPerson } from '../factories/person.ts'

const nobody: SourceEstimate = { width: 640, height: 480, people: [], times: { decodeMs: 1, detectMs: 1, poseMs: 0, queueMs: 0 }, fetchMs: 0, isKnown: false }
const tasks = (count: number) => Array.from({ length: count }, (_, id) => ({ id, data: { image: `https://host.example/${id}.jpg` } }))

function options (estimate: PredictTasksOptions['estimate'], rest: Partial<PredictTasksOptions> = {}): PredictTasksOptions {
  return {
    planner: createLabelConfigPlanner(),
    estimate,
    keypointSet: keypointSets['coco-wholebody-133'],
    modelVersion: 'rtmlib-test@00000000',
    shortModelVersion: 'rtmlib-test',
    confidenceThreshold: 0.3,
    keypointSize: 0.3,
    maxPeople: 50,
    maxTasks: 1000,
    answer: createAnswerBudget({ maxBytes: 1e8, totalBytes: 1e9 }).open(),
    budget: AbortSignal.timeout(10_000),
    tasksAtOnce: 4,
    onUnexpected: (error) => { throw error },
    onFailed: () => {},
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
    options(async ({ address }, { signal }) => /\/[0-2]\.jpg/.test(address) ? nobody : await untilCalledOff(signal), { budget: AbortSignal.timeout(50) }))
  const answers = entries.map((entry) => JSON.parse(String(entry)))
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
  t.ok(entries.every((entry) => JSON.parse(String(entry)).code === 'POSE_ERR_CANCELLED'))
})

t.test('an unexpected error costs its own task, is told, and shows nothing of itself', async (t) => {
  const seen: unknown[] = []
  const { entries } = await predictTasks({ tasks: tasks(3) }, new AbortController().signal, options(async ({ address }) => {
    if (address.includes('/1.')) throw new TypeError('secret of a bug')
    return nobody
  }, { onUnexpected: (error) => { seen.push(error) } }))
  t.same(entries.map((entry) => JSON.parse(String(entry)).code), [undefined, 'POSE_ERR_INTERNAL', undefined])
  t.notMatch(String(entries[1]), /secret/)
  t.same(seen, [new TypeError('secret of a bug')])
})

t.test('odd tasks fail alone', async (t) => {
  const odd = [null, 7, 'x', [], {}, { data: null }, { data: { image: '' } }, ...tasks(1)]
  const { entries } = await predictTasks({ tasks: odd as never }, new AbortController().signal, options(async () => nobody))
  t.same(entries.map((entry) => JSON.parse(String(entry)).code), [...Array.from({ length: 7 }, () => 'POSE_ERR_SOURCE_MISSING'), undefined])
})

t.test('each task that fails by itself is told with its number and code; those left for the next call are not', async (t) => {
  const told: unknown[] = []
  await predictTasks({ tasks: tasks(5), project: '7.1758000000' }, new AbortController().signal, options(async ({ address }) => {
    if (address.includes('/2.')) throw createPoseError('SOURCE_NOT_FOUND', address)
    return nobody
  }, { maxTasks: 4, onFailed: ({ task, project, error }) => { told.push([task, project, error.code]) } }))
  t.same(told, [[2, 7, 'POSE_ERR_SOURCE_NOT_FOUND']])
})

t.test('tasks and answers over their bounds are left for the next call', async (t) => {
  const { signal } = new AbortController()
  const many = await predictTasks({ tasks: tasks(5) }, signal, options(async () => nobody, { maxTasks: 2 }))
  t.same(many.entries.map((entry) => JSON.parse(String(entry)).code), [undefined, undefined, 'POSE_ERR_NEXT_CALL', 'POSE_ERR_NEXT_CALL', 'POSE_ERR_NEXT_CALL'])
  t.equal(many.failed, 3)
  const long = await predictTasks({ tasks: tasks(5) }, signal, options(async () => nobody, { answer: createAnswerBudget({ maxBytes: 50, totalBytes: 1e9 }).open(), tasksAtOnce: 1 }))
  t.same(long.entries.map((entry) => JSON.parse(String(entry)).code), [undefined, ...Array.from({ length: 4 }, () => 'POSE_ERR_NEXT_CALL')])
})

t.test('answers that are full together leave the rest for the next call; each request has its first task', async (t) => {
  const crowd: SourceEstimate = { ...nobody, people: Array.from({ length: 50 }, () => buildPerson(keypointSets['coco-wholebody-133'])) }
  const budget = createAnswerBudget({ maxBytes: 8e6, totalBytes: 16e6 })
  let most = 0
  const shares = Array.from({ length: 10 }, () => budget.open())
  const answers = await Promise.all(shares.map((answer) => predictTasks({ tasks: tasks(20), label_config: labelConfigPreset('wholebody133') }, new AbortController().signal, options(async () => {
    most = Math.max(most, budget.heldBytes)
    return crowd
  }, { answer }))))
  for (const { entries, failed } of answers) {
    const codes = entries.map((entry) => (JSON.parse(String(entry)) as { code?: string }).code)
    t.ok(codes.includes(undefined), 'something is done')
    t.strictSame([...new Set(codes)].sort(), ['POSE_ERR_NEXT_CALL', undefined])
    t.equal(failed, codes.filter((code) => code !== undefined).length)
  }
  // Beside the budget: the first entries, and those that say why.
  t.ok(most < 16e6 + 10 * 2.2e6, `${Math.round(most / 1e6)} MB`)
  t.equal(budget.heldBytes, answers.flatMap(({ entries }) => entries).reduce((sum, { length }) => sum + length, 0))
  for (const share of shares) share.release()
  t.equal(budget.heldBytes, 0)

  const pagesOfCrowds = { data: { pages: Array.from({ length: 5000 }, () => 'https://host.example/a.jpg') } }
  const allPoints = labelConfigPreset('wholebody133').replace('value="$image"', 'valueList="$pages"')
  const { entries } = await predictTasks({ tasks: [pagesOfCrowds], label_config: allPoints }, new AbortController().signal, options(async () => crowd, { maxTasks: 5000 }))
  t.match(JSON.parse(String(entries[0])), { code: 'POSE_ERR_TOO_MANY_PAGES', error: /regions/ }, 'nine gigabytes are not even begun')
})

t.test('many tasks that fail at once do not keep the event loop', async (t) => {
  let turns = 0
  const timer = setInterval(() => { turns++ }, 1)
  await predictTasks({ tasks: Array.from({ length: 5000 }, () => ({})) }, new AbortController().signal, options(async () => nobody, { maxTasks: 5000 }))
  clearInterval(timer)
  t.ok(turns > 3, `${turns} timers ran meanwhile`)
})

const pages = '<View><Image name="image" valueList="$pages"/><KeyPointLabels name="k" toName="image"><Label value="nose"/></KeyPointLabels></View>'

t.test('pages: two at a time, all or nothing, bounded', async (t) => {
  const { signal } = new AbortController()
  const task = (count: number) => ({ data: { pages: Array.from({ length: count }, (_, page) => `https://host.example/${page}.jpg`) } })
  let begun = 0
  let calledOff = 0
  const { entries } = await predictTasks({ tasks: [task(20)], label_config: pages }, signal, options(async ({ address }, { signal }) => {
    begun++
    if (address.includes('/0.')) throw createPoseError('SOURCE_NOT_FOUND', 'page 0')
    signal.addEventListener('abort', () => { calledOff++ })
    return await untilCalledOff(signal)
  }))
  t.match(JSON.parse(String(entries[0])), { code: 'POSE_ERR_SOURCE_NOT_FOUND' })
  t.same([begun, calledOff], [2, 1], 'the other pages do not begin, the one begun is called off')
  const long = await predictTasks({ tasks: [task(11)], label_config: pages }, signal, options(async () => nobody, { maxTasks: 10 }))
  t.match(JSON.parse(String(long.entries[0])), { code: 'POSE_ERR_TOO_MANY_PAGES' })
})

t.test('pictures inside the request are let go as their tasks are done', async (t) => {
  const request = { tasks: tasks(3) }
  await predictTasks(request, new AbortController().signal, options(async () => nobody))
  t.same(request.tasks, [null, null, null])
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
