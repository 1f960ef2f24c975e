import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { halpe26 } from '../../models/keypoints/halpe-26.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { normalizeName } from '../../src/label-studio/normalize-name.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { labelConfig, peopleControl, pointsControl } from '../factories/label-config.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const plan = (xml: string, set: KeypointSet = cocoWholebody133) => matchControls(parseLabelConfig(xml), set)
const first = (xml: string, set?: KeypointSet) => plan(xml, set).pictures[0]!
const points = (xml: string, set?: KeypointSet) => first(xml, set).keypoints.map(({ index, fromName, label }) => [index, fromName, label])
const unmatched = { code: 'POSE_ERR_LABEL_CONFIG_UNMATCHED', statusCode: 422 }

t.test('one control with all points', async (t) => {
  const { keypoints, people } = first(labelConfig(pointsControl(cocoWholebody133.names), peopleControl))
  t.same(keypoints.map(({ index }) => index), cocoWholebody133.names.map((_, index) => index))
  t.same(people, { fromName: 'box', label: 'person' })
})

t.test('one control per part, in any order, each point once', async (t) => {
  const xml = labelConfig(pointsControl(['left_eye', 'nose'], { name: 'a' }), pointsControl(['nose', 'left_hand_root'], { name: 'b', attributes: 'smart="false"' }))
  t.same(points(xml), [[0, 'a', 'nose'], [1, 'a', 'left_eye'], [91, 'b', 'left_hand_root']])
})

t.test('names are compared without case and separators, and sides may stand at the end', async (t) => {
  const written = ['NOSE', 'Left Eye', 'right-eye', 'leftEar', 'R_Ear', 'shoulder_left', 'Shoulder (right)', 'l.elbow', 'face_3', 'left_hand root', 'hand_root_right', 'left_thumb_1']
  t.same(points(labelConfig(pointsControl(written))).map(([index, , label]) => [cocoWholebody133.names[index as number], label]), [
    ['nose', 'NOSE'], ['left_eye', 'Left Eye'], ['right_eye', 'right-eye'], ['left_ear', 'leftEar'], ['right_ear', 'R_Ear'],
    ['left_shoulder', 'shoulder_left'], ['right_shoulder', 'Shoulder (right)'], ['left_elbow', 'l.elbow'],
    ['face-3', 'face_3'], ['left_hand_root', 'left_hand root'], ['left_thumb1', 'left_thumb_1'], ['right_hand_root', 'hand_root_right']
  ])
})

t.test('a name that every object has is a word like another', async (t) => {
  t.same(['Nose constructor', 'constructor nose'].map(normalizeName), ['noseconstructor', 'constructornose'])
})

t.test('what only looks like a point is none', async (t) => {
  t.same(points(labelConfig(pointsControl(['nose', 'rear', 'leye', 'eye', 'face-68', 'face-1-1', 'left', 'l', '-']))), [[0, 'points', 'nose']])
})

t.test('the alias is what stands in the answer; without one a known alias or value decides', async (t) => {
  const control = `<KeyPointLabels name="punkte" toName="image">
    <Label value="Nase" alias="nose"/><Label value="Linkes Auge" alias="LEFT EYE"/><Label value="right_eye" alias="rechtes_auge"/><Label value="Mund"/>
  </KeyPointLabels>`
  t.same(points(labelConfig(control)), [[0, 'punkte', 'nose'], [1, 'punkte', 'LEFT EYE'], [2, 'punkte', 'rechtes_auge']])
})

t.test('model_index names a point where the text does not', async (t) => {
  const control = `<KeyPointLabels name="kp" toName="image">
    <Label value="Nase" predicted_values="person" model_index="0"/>
    <Label value="left_wrist" model_index="3"/>
    <Label value="Ohr" model_index="3"/>
    <Label value="großer Zeh" model_index="17"/>
    <Label value="x" model_index="133"/><Label value="y" model_index="-1"/><Label value="z" model_index="1.5"/><Label value="w" model_index=""/>
  </KeyPointLabels>`
  t.same(points(labelConfig(control)), [[0, 'kp', 'Nase'], [3, 'kp', 'Ohr'], [9, 'kp', 'left_wrist'], [17, 'kp', 'großer Zeh']])
  t.same(points(labelConfig(control), halpe26), [[0, 'kp', 'Nase'], [3, 'kp', 'Ohr'], [9, 'kp', 'left_wrist'], [20, 'kp', 'großer Zeh']], 'index 17 is the left big toe for every model')
  t.same(points(labelConfig(control), coco17), [[0, 'kp', 'Nase'], [3, 'kp', 'Ohr'], [9, 'kp', 'left_wrist']], 'and nothing for a model without feet')
})

t.test('labels and controls that are meant for something else stay empty', async (t) => {
  const dog = '<KeyPointLabels name="dog" toName="image"><Label value="left_ear" predicted_values="dog" model_index="3"/></KeyPointLabels>'
  const prompt = '<KeyPointLabels name="ask" toName="image" smartOnly="true"><Label value="nose"/></KeyPointLabels>'
  t.same(points(labelConfig(dog, prompt, pointsControl(['nose']))), [[0, 'points', 'nose']])
})

t.test('where the boxes of people go', async (t) => {
  const people = (...controls: string[]) => first(labelConfig(pointsControl(['nose']), ...controls)).people
  const rectangles = (labels: string, attributes = '') => `<RectangleLabels name="box" toName="image" ${attributes}>${labels}</RectangleLabels>`
  t.equal(people(), null)
  t.same(people(rectangles('<Label value="car"/><Label value="Person"/>')), { fromName: 'box', label: 'Person' })
  t.same(people(rectangles('<Label value="Mensch"/>')), { fromName: 'box', label: 'Mensch' }, 'the only label')
  t.equal(people(rectangles('<Label value="Mensch"/><Label value="Auto"/>')), null, 'two labels in another language')
  t.same(people(rectangles('<Label value="Mensch" predicted_values="person"/><Label value="Auto"/>')), { fromName: 'box', label: 'Mensch' })
  t.same(people(rectangles('<Label value="Mensch" alias="person"/><Label value="Auto"/>')), { fromName: 'box', label: 'person' })
  t.equal(people(rectangles('<Label value="Auto" predicted_values="car"/>')), null)
  t.equal(people(rectangles('<Label value="person"/>', 'smartOnly="true"')), null, 'a tool for prompts')
  t.equal(people('<Rectangle name="ask" toName="image"/>'), null, 'smart unless it says otherwise')
  t.same(people('<Rectangle name="frame" toName="image" smart="false"/>'), { fromName: 'frame', label: null })
})

t.test('where skeletons go', async (t) => {
  const skeletons = (xml: string, set?: KeypointSet) => first(labelConfig(pointsControl(['nose']), xml), set).skeletons.map(({ tree, fromName, label }) => [tree, fromName, label])
  const vectors = (labels: string[], name = 'v', attributes = 'skeleton="true"') => `<VectorLabels name="${name}" toName="image" ${attributes}>${labels.map((value) => `<Label value="${value}"/>`).join('')}</VectorLabels>`
  t.same(skeletons(vectors(['body', 'Left Hand', 'hand_right', 'road'])), [['body', 'v', 'body'], ['left_hand', 'v', 'Left Hand'], ['right_hand', 'v', 'hand_right']])
  t.same(skeletons(vectors(['Left Side', 'right_body'])), [['left_side', 'v', 'Left Side'], ['right_side', 'v', 'right_body']])
  t.same(skeletons(vectors(['Skelett'])), [['body', 'v', 'Skelett']], 'the only label is the body')
  t.same(skeletons(vectors(['Hand'], 'left_hand')), [['left_hand', 'left_hand', 'Hand']], 'unless the control says more')
  t.same(skeletons(vectors(['body'], 'v', '')), [], 'plain vectors are no skeletons')
  t.same(skeletons(vectors(['a', 'b'])), [])
  t.same(skeletons(vectors(['body', 'left_hand']), coco17), [['body', 'v', 'body']], 'a model without hands')
  t.same(skeletons('<Vector name="right-hand" toName="image" skeleton="true"/>'), [['right_hand', 'right-hand', null]])
  t.same(skeletons(vectors(['body'], 'v1') + vectors(['person'], 'v2')), [['body', 'v1', 'body']], 'each once')
})

t.test('several pictures per task', async (t) => {
  const { pictures, images } = plan(`<View>
    <Image name="front" value="$front"/><Image name="back" value="$back"/><Image name="map" value="$map"/>
    ${pointsControl(['nose'], { name: 'kf', toName: 'front' })}${pointsControl(['left_eye'], { name: 'kb', toName: 'back' })}
    <RectangleLabels name="box" toName="back"><Label value="person"/></RectangleLabels>
    <RectangleLabels name="roads" toName="map"><Label value="person"/></RectangleLabels>
  </View>`)
  t.equal(images.length, 3)
  t.same(pictures.map(({ image, keypoints, people }) => [image.name, keypoints[0]?.fromName, people?.fromName]), [['front', 'kf', undefined], ['back', 'kb', 'box']])
})

t.test('an interface that fits nothing gets a sentence', async (t) => {
  t.throws(() => plan('<View><Video name="v" value="$video"/><VideoRectangle name="r" toName="v"/></View>'), { ...unmatched, message: /has no Image tag \(only Video\)/ })
  t.throws(() => plan('<View><Text name="t" value="$text"/><Choices name="c" toName="t"/></View>'), { ...unmatched, message: /no Image tag \(only Text\)/ })
  t.throws(() => plan(labelConfig(peopleControl)), { ...unmatched, message: /no KeyPointLabels .*\(only box\).*missing are the labels nose, left_eye, .* and 128 more.*label-config\?preset=/ })
  for (const set of [coco17, halpe26]) {
    t.throws(() => plan(labelConfigPreset('hands'), set), { ...unmatched, message: /preset=wholebody133 \(or skeleton, body17, body23\) prints one that fits/ }, `${set.id}: no preset that it cannot fill either`)
  }
  t.throws(() => plan(labelConfig(pointsControl(['Nase', 'Mund']))), { ...unmatched, message: /no label of points is one of its points \(there: Nase, Mund; missing: nose, .*alias or a model_index/ })
  t.throws(() => plan(labelConfig(pointsControl([]))), { ...unmatched, message: /there: none/ })
  t.throws(() => plan(labelConfig(pointsControl(['x'.repeat(9000)]))), { message: /^.{1,700}$/ }, 'short enough for a reason phrase')
  t.throws(() => plan(labelConfig('<VectorLabels name="v" toName="image"><Label value="road"/></VectorLabels>')), { ...unmatched, message: /skeleton="true"/ })
  t.throws(() => plan(labelConfig(pointsControl(['face-1'])), coco17), { ...unmatched, message: /missing: nose/ })
  t.throws(() => plan('<View><Image name="image" value="$image"/><KeyPointLabels name="k" toName="other"><Label value="nose"/></KeyPointLabels></View>'), unmatched, 'a control on nothing')
})

const shared = sharedDir()
t.test('interfaces of a real Label Studio', { skip: shared ? false : 'needs the shared folder' }, async (t) => {
  for (const file of ['config-one-control.xml', 'config-panels-prompt.xml', 'config-with-vector-skeleton.xml']) {
    const { keypoints, people, skeletons } = first(readFileSync(join(shared!, 'labelstudio/fixtures', file), 'utf8'))
    t.same(keypoints.map(({ label }) => label), cocoWholebody133.names, file)
    t.same(people, { fromName: 'person', label: 'person' })
    t.equal(skeletons.length, file.includes('vector') ? 1 : 0)
  }
})
