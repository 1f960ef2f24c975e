import t from 'tap'
import { toRecord } from '../../plugins/playground/page/to-record.js'
import { visiblePeople } from '../../plugins/playground/page/visible-people.js'
import { FEWEST_POINTS } from '../../models/people/filter-points.ts'
import type { PictureRecord } from '../../src/picture-files/picture-record.ts'
import type { ShortPrediction } from '../../src/label-studio/prediction-schema.ts'
import { drawnTask } from '../factories/task.ts'
import { buildTestApp } from '../factories/test-app.ts'

const size = { width: 640, height: 480 }

t.test('the slider shows what the service gives with that threshold', async (t) => {
  const { app } = await buildTestApp(t)
  const task = await drawnTask(1, { ...size, figures: [0.05, 0.6] })
  const ask = async (threshold: number): Promise<PictureRecord> => {
    const answer = await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [task], params: { confidence_threshold: threshold } } })
    return toRecord(answer.json<{ results: [ShortPrediction] }>().results[0], { name: 'a.jpg', bytes: 1, modified: '' }, size)
  }
  const all = await ask(0)
  t.equal(all.people.length, 2)
  const scores = all.people.flatMap(({ points }) => points.map(({ score }) => score)).sort((a, b) => a - b)
  // Between two points, so that four decimals decide nothing.
  for (const share of [0, 0.3, 0.7, 0.995]) {
    const at = Math.floor(share * (scores.length - 1))
    const threshold = (scores[at]! + scores[at + 1]!) / 2
    t.strictSame(visiblePeople(all, threshold, FEWEST_POINTS).people, (await ask(threshold)).people, `at ${threshold}`)
  }
  t.same(visiblePeople(all, 1, FEWEST_POINTS).people, [])
})

t.test('an answer in percent becomes pixels of each person', async (t) => {
  const point = (name: string, parentID: string, x: number) => ({ id: name, parentID, from_name: 'keypoints', to_name: 'image', original_width: 200, original_height: 100, image_rotation: 0 as const, score: 0.9, type: 'keypointlabels' as const, value: { x, y: 50, width: 2, keypointlabels: [name] } })
  const person = (id: string) => ({ id, score: 0.5, box_score: 0.6, box: { x: 10, y: 20, width: 30, height: 40 } })
  const record = toRecord({ result: [point('nose', 'b', 12.3456), point('nose', 'a', 25)], people: [person('a'), person('b')], score: 0.5, model_version: 'v', keypoint_set: 'coco-17', confidence_threshold: 0.3 }, { name: 'a.jpg', bytes: 1, modified: '' }, { width: 200, height: 100 })
  t.match(record, {
    picture: { name: 'a.jpg', width: 200, height: 100 },
    modelVersion: 'v',
    keypointSet: 'coco-17',
    people: [
      { bbox: [20, 20, 80, 60], score: 0.5, bboxScore: 0.6, points: [{ name: 'nose', x: 50, y: 50, score: 0.9 }] },
      { points: [{ name: 'nose', x: 24.691 }] }
    ]
  })
})
