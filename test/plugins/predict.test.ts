import { Ajv } from 'ajv'
import t from 'tap'
import { PredictAnswerSchema, type PredictAnswer, type Prediction, type ShortPrediction } from '../../src/label-studio/prediction-schema.ts'
import { labelConfigPreset, presetNames } from '../../src/label-studio/label-config-preset.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { buildTestApp } from '../factories/test-app.ts'
import { drawnTask, toDataUri } from '../factories/task.ts'

const validate = new Ajv({ strict: false }).compile(PredictAnswerSchema)

t.test('tasks in Label Studio\'s form', async (t) => {
  const { app, service } = await buildTestApp(t)
  const post = async (payload: object): Promise<PredictAnswer> => {
    const answer = await app.inject({ method: 'POST', url: '/predict', payload })
    t.equal(answer.statusCode, 200, answer.body.slice(0, 300))
    t.match(answer.headers['content-type'], /^application\/json/)
    const body = answer.json<PredictAnswer>()
    t.ok(validate(body), JSON.stringify(validate.errors?.slice(0, 2)))
    return body
  }

  await t.test('every preset is filled, boxes last, ids unique', async (t) => {
    for (const preset of presetNames) {
      const { results } = await post({ tasks: [await drawnTask(1, { figures: [0.05, 0.6] })], label_config: labelConfigPreset(preset), project: '1.1', params: { login: null, password: null, context: null } })
      const { result, model_version: version } = results[0] as Prediction
      t.equal(version, await service.modelVersion(new AbortController().signal))
      const types = result.map(({ type }) => type)
      t.equal(types.filter((type) => type === 'rectanglelabels').length, 2, `${preset}: two people`)
      t.same(types, [...types].sort((a, b) => order(a) - order(b)), `${preset}: points, skeletons, boxes`)
      t.equal(new Set(result.map(({ id }) => id)).size, result.length)
      const boxes = new Set(result.filter(({ type }) => type === 'rectanglelabels').map(({ id }) => id))
      t.ok(result.filter(({ type }) => type !== 'rectanglelabels').every(({ parentID }) => boxes.has(parentID!)), 'everything hangs on its person')
    }
  })

  await t.test('broken pictures fail alone, in their place', async (t) => {
    const good = await drawPicture()
    const images = [
      toDataUri(good),
      toDataUri(good.slice(0, good.length / 2)),
      'data:image/png;base64,' + Buffer.from('no picture').toString('base64'),
      'http://127.0.0.1:9/private.jpg',
      'ftp://host.example/a.jpg',
      toDataUri(good)
    ]
    const { results } = await post({ tasks: [...images.map((image, id) => ({ id, data: { image } })), { id: 6 }, { id: 7, data: { text: 'x' } }], label_config: labelConfigPreset('body17') })
    t.equal(results.length, 8)
    t.ok('result' in results[0]! && results[0].result.length > 0)
    t.match(results[1], { error: /damaged or ends early/ })
    t.match(results[2], { error: /decoded|format/ })
    t.match(results[3], { error: /IMAGE_ORIGINS/ })
    t.match(results[4], { error: /not supported/ })
    t.ok('result' in results[5]! && results[5].result.length > 0)
    t.match(results.slice(6), [{ error: /no picture/ }, { error: /no picture/ }])
    t.ok(results.slice(1, 5).every((entry) => !('result' in entry)), 'Label Studio asks for them again')
  })

  await t.test('nobody on the picture is an answer, not an error', async (t) => {
    const { results } = await post({ tasks: [await drawnTask(1, { figures: [] })], label_config: labelConfigPreset('wholebody133') })
    t.match(results, [{ result: [], score: 0 }])
    t.equal((results[0] as Prediction).result.length, 0)
  })

  await t.test('no tasks, no entries', async (t) => {
    t.same(await post({ tasks: [], label_config: labelConfigPreset('body17') }), { results: [] })
  })

  await t.test('an interface without keypoints is refused with a sentence', async (t) => {
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [await drawnTask(1)], label_config: '<View><Text name="t" value="$t"/></View>' } })
    t.equal(answer.statusCode, 422)
    t.match(answer.json(), { code: 'POSE_ERR_LABEL_CONFIG_UNMATCHED', message: /label-config/ })
    t.match(answer.statusMessage, /labelling interface/)
  })

  await t.test('the short form', async (t) => {
    const { results } = await post({ tasks: [await drawnTask(1)] })
    const { result, model_version: version } = results[0] as Prediction
    t.equal(version, 'rtmlib-custom')
    t.ok(result.length > 0)
    t.ok(result.every((region) => region.from_name === 'keypoints' && region.to_name === 'image' && region.type === 'keypointlabels' && region.value.width === 2 && region.value.height === 2))
  })

  await t.test('the short form tells whose the points are, and how long each stage took', async (t) => {
    const task = await drawnTask(1, { figures: [0.06, 0.61] })
    const ask = async (threshold?: number) => (await post({ tasks: [task], ...(threshold !== undefined && { params: { confidence_threshold: threshold } }) })).results[0] as ShortPrediction
    const first = await ask()
    t.match(first, { keypoint_set: 'coco-wholebody-133', confidence_threshold: 0.3, timing: { is_known: false } })
    t.ok(first.timing!.detect_ms > 0 && first.timing!.pose_ms > 0 && first.timing!.decode_ms > 0)
    t.equal(first.people.length, 2)
    t.same(new Set(first.result.map(({ parentID }) => parentID)), new Set(first.people.map(({ id }) => id)), 'every point belongs to one of them')
    t.ok(first.people.every(({ box, score, box_score: boxScore }) => box.width > 5 && box.height > 20 && score > 0 && score <= boxScore))

    const all = await ask(0)
    t.equal(all.timing!.is_known, false, 'another threshold is another question')
    t.equal(all.confidence_threshold, 0.3, 'that of the service')
    t.equal((await ask(1)).result.length, 0)
    t.equal((await ask(0)).timing!.is_known, true)
    const inForm = await post({ tasks: [task], label_config: labelConfigPreset('body17'), params: { confidence_threshold: 1 } })
    t.ok((inForm.results[0] as Prediction).result.length > 2, 'predictions for Label Studio are those of its version')
    t.equal((await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [task], params: { confidence_threshold: 2 } } })).statusCode, 400)
  })

  await t.test('interactive: the drawn box, the person under a click, nothing', async (t) => {
    const labelConfig = labelConfigPreset('body17')
    const ask = async (result: unknown[]) => (await post({ tasks: [await drawnTask(1, { figures: [0.05, 0.6] })], label_config: labelConfig, params: { context: { result } } })).results[0] as Prediction
    const box = (await ask([{ type: 'rectangle', from_name: 'prompt', to_name: 'image', original_width: 640, original_height: 480, value: { x: 60, y: 20, width: 25, height: 60, rotation: 0 } }])).result
    const people = box.filter((region) => region.type === 'rectanglelabels')
    t.match(people, [{ value: { x: 60, y: 20, width: 25, height: 60 } }])
    t.equal(people.length, 1)
    const click = await ask([{ type: 'keypointlabels', from_name: 'body', to_name: 'image', is_positive: true, value: { x: 12, y: 50, width: 0.3, keypointlabels: ['nose'] } }])
    t.equal(click.result.filter((region) => region.type === 'rectanglelabels').length, 1)
    const nothing = await ask([{ type: 'keypointlabels', from_name: 'body', to_name: 'image', is_positive: true, value: { x: 50, y: 2, width: 0.3, keypointlabels: ['nose'] } }])
    t.same(nothing.result, [])
    t.same((await ask([])).result, [])
  })

  await t.test('an interactive answer leaves the people alone who are there already', async (t) => {
    for (const preset of ['wholebody133', 'skeleton'] as const) {
      const labelConfig = labelConfigPreset(preset)
      const task = async () => drawnTask(1, { figures: [0.05, 0.6] })
      const [there] = (await post({ tasks: [await task()], label_config: labelConfig })).results as [Prediction]
      const box = there.result.find(({ type }) => type === 'rectanglelabels')!
      const prompt = { id: 'drawn', type: 'rectangle', from_name: 'prompt', to_name: 'image', original_width: 640, original_height: 480, value: box.value }
      const known = { ...await task(), predictions: [there], annotations: [{ result: there.result }], drafts: [{ result: there.result }] }
      // The same person twice: neither of the answers may take the place of the other, or of who is there.
      const ids = new Set([...there.result.map(({ id }) => id), 'drawn'])
      for (let times = 0; times < 2; times++) {
        const [{ result }] = (await post({ tasks: [known], label_config: labelConfig, params: { context: { result: [prompt] } } })).results as [Prediction]
        t.equal(result.length, there.result.length / 2, 'one of two people')
        const own = new Set(result.map(({ id }) => id))
        t.ok(result.every(({ id, parentID }) => !ids.has(id) && (parentID === undefined || own.has(parentID))), `${preset}: new ids, and parents of its own`)
        for (const id of own) ids.add(id)
      }
    }
  })

  await t.test('an interactive request that fails says so in the reason phrase', async (t) => {
    const context = { result: [{ type: 'rectangle', to_name: 'image', value: { x: 1, y: 1, width: 50, height: 50 } }] }
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image: 'http://10.0.0.1/a.jpg' } }], label_config: labelConfigPreset('body17'), params: { context } } })
    t.equal(answer.statusCode, 422)
    t.match(answer.statusMessage, /private and not allowed/)
  })
})

t.test('a request that is asked twice is computed once', async (t) => {
  const { app, service } = await buildTestApp(t)
  const payload = { tasks: [await drawnTask(1)], label_config: labelConfigPreset('body17') }
  const answers = await Promise.all([1, 2].map(() => app.inject({ method: 'POST', url: '/predict', payload })))
  const [a, b] = answers.map((answer) => (answer.json<PredictAnswer>().results[0] as Prediction).result)
  t.same(a!.map(({ value }) => value), b!.map(({ value }) => value))
  t.not(a![0]!.id, b![0]!.id, 'ids are unique in every answer')
  t.equal(service.health().pictures.running, 0)
})

t.test('answers are compressed when asked', async (t) => {
  const { app } = await buildTestApp(t)
  for (const encoding of ['gzip', 'br']) {
    const answer = await app.inject({ method: 'POST', url: '/predict', headers: { 'accept-encoding': encoding }, payload: { tasks: [await drawnTask(1)] } })
    t.equal(answer.headers['content-encoding'], encoding)
  }
})

function order (type: string): number {
  return type.startsWith('keypoint') ? 0 : type.startsWith('vector') ? 1 : 2
}

t.test('what an answer has held is given back when it is out', async (t) => {
  const { app } = await buildTestApp(t, { env: { MAX_ANSWER_MB: '1' } })
  const task = await drawnTask(1, { figures: [0.05, 0.6] })
  for (let request = 0; request < 4; request++) {
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: Array.from({ length: 40 }, () => task), label_config: labelConfigPreset('wholebody133') } })
    const { results } = answer.json<{ results: Array<{ result?: object[], code?: string, error?: string }> }>()
    const left = results.filter(({ result }) => result === undefined)
    t.ok(results.length - left.length > 5, `${results.length - left.length} of 40 are in request ${request + 1}`)
    t.ok(left.length > 5 && left.every(({ code, error }) => code === 'POSE_ERR_NEXT_CALL' && /the answer is full/.test(error!)))
    t.ok(answer.body.length < 1.1 * 1024 * 1024)
  }
})
