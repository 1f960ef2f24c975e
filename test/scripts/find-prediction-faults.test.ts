import t from 'tap'
import { findPredictionFaults, type Prediction, type Region } from '../../scripts/find-prediction-faults.ts'

const labelConfig = '<View><Image name="image" value="$image"/><KeyPointLabels name="body" toName="image"><Label value="nose"/></KeyPointLabels><RectangleLabels name="person" toName="image"><Label value="person"/></RectangleLabels></View>'

const point = (changes: Partial<Region> = {}): Region => ({
  id: 'p', type: 'keypointlabels', from_name: 'body', to_name: 'image', original_width: 640, original_height: 480, score: 0.9, parentID: 'box', value: { x: 50, y: 20, width: 0.3, keypointlabels: ['nose'] }, ...changes
})
const box = (changes: Partial<Region> = {}): Region => ({
  id: 'box', type: 'rectanglelabels', from_name: 'person', to_name: 'image', original_width: 640, original_height: 480, score: 0.9, value: { x: 30, y: 10, width: 40, height: 80, rectanglelabels: ['person'] }, ...changes
})
const prediction = (result: Region[], changes: Partial<Prediction> = {}): Prediction => ({ result, score: 0.9, model_version: 'v1', ...changes })

t.test('nothing to say about a sound prediction', async (t) => {
  t.strictSame(findPredictionFaults(prediction([point(), box()]), labelConfig), [])
  t.strictSame(findPredictionFaults(prediction([]), labelConfig), [], 'a picture without people')
})

t.test('every fault is named', async (t) => {
  const cases: Array<[RegExp, Prediction]> = [
    [/model_version/, prediction([], { model_version: '' })],
    [/score/, prediction([], { score: NaN })],
    [/id stands twice/, prediction([point(), point(), box()])],
    [/from_name "feet"/, prediction([point({ from_name: 'feet' }), box()])],
    [/to_name "img"/, prediction([point({ to_name: 'img' }), box()])],
    [/label "chin"/, prediction([point({ value: { x: 1, y: 1, keypointlabels: ['chin'] } }), box()])],
    [/x is not within/, prediction([point({ value: { x: 100.5, y: 1, keypointlabels: ['nose'] } }), box()])],
    [/y is not within/, prediction([point({ value: { x: 1, y: null, keypointlabels: ['nose'] } }), box()])],
    [/size of the picture/, prediction([point({ original_width: 0 }), box()])],
    [/parent gone is missing/, prediction([point({ parentID: 'gone' }), box()])],
    [/rectangles stand before/, prediction([box(), point()])]
  ]
  for (const [pattern, broken] of cases) {
    const faults = findPredictionFaults(broken, labelConfig)
    t.equal(faults.length, 1, String(pattern))
    t.match(faults[0], pattern)
  }
})
