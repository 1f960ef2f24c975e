import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { readPeople } from '../../src/label-studio/read-people.ts'
import { createCorrectionCounter, noCorrections, type CorrectionCounts } from '../../src/quality/correction-counts.ts'
import { labelConfig } from '../factories/label-config.ts'

const xml = labelConfig(`
  <KeyPointLabels name="person_points" toName="image"><Label value="nose"/><Label value="left_eye"/></KeyPointLabels>
  <KeyPointLabels name="dog_points" toName="image"><Label value="nose" predicted_values="dog"/></KeyPointLabels>
  <VectorLabels name="bones" toName="image" skeleton="true"><Label value="body"/><Label value="horse"/></VectorLabels>
  <VectorLabels name="outline" toName="image"><Label value="body"/></VectorLabels>`)
const plan = matchControls(parseLabelConfig(xml), cocoWholebody133)
const frame = { to_name: 'image', original_width: 100, original_height: 100 }
const point = (id: string, control: string, label: string, x = 10) => ({ id, type: 'keypointlabels', from_name: control, ...frame, value: { x, y: 10, width: 1, keypointlabels: [label] } })
const vector = (id: string, control: string, label: string, ...names: string[]) =>
  ({ id, type: 'vectorlabels', from_name: control, ...frame, value: { vertices: names.map((name, x) => ({ id: name, name, x, y: x })), vectorlabels: [label] } })

function count (predicted: object[], annotated: object[]): CorrectionCounts {
  const counter = createCorrectionCounter(plan, cocoWholebody133)
  counter.add(predicted, annotated)
  return counter.result().body
}

t.test('the same label in a control of other things is none of the points', async (t) => {
  const nose = point('a', 'person_points', 'nose')
  const dog = point('d', 'dog_points', 'nose')
  t.same(count([], [dog]), noCorrections())
  t.equal(readPeople([dog], plan, cocoWholebody133).people.length, 0, 'nor is a person read from it')
  t.same(count([], [nose, dog]), { ...noCorrections(), added: 1 })
  t.same(count([nose], [{ ...nose, to_name: undefined }]), { ...noCorrections(), kept: 1 }, 'one picture need not be named')
  t.same(count([nose], [point('b', 'person_points', 'nose', 30)]), { ...noCorrections(), moved: 1 }, 'drawn anew')
  t.same(count([nose], [dog]), { ...noCorrections(), deleted: 1 }, 'the nose of a dog is no nose drawn anew')
})

t.test('vertices count where their control and label are those of a skeleton', async (t) => {
  const body = vector('s', 'bones', 'body', 'nose', 'left_eye')
  t.same(count([body], [vector('s', 'bones', 'body', 'nose')]), { ...noCorrections(), kept: 1, deleted: 1 })
  t.same(count([], [vector('h', 'bones', 'horse', 'nose'), vector('o', 'outline', 'body', 'nose')]), noCorrections())
})
