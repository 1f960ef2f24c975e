import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { sharedDir } from '../factories/shared-dir.ts'

const invalid = { code: 'POSE_ERR_LABEL_CONFIG_INVALID', statusCode: 400 }

t.test('reads pictures, controls and labels', async (t) => {
  const config = parseLabelConfig(`
    <View>
      <!-- a comment -->
      <Image name="image" value="$doc[0].page"/>
      <View style="x">
        <KeyPointLabels name="points" toName="image" smart="false" strokeWidth="2">
          <View><Label value="Nase" alias="nose" model_index="0"/></View>
          <Label value="left_eye"/>
          <Label predicted_values="x"/>
        </KeyPointLabels>
      </View>
      <Rectangle name="prompt" toName="image"/>
      <TextArea name="note" toName="image"/>
      <Text name="text" value="$text"/>
      <Header value="Hello"/>
    </View>`)
  t.same(config.images, [{ name: 'image', value: '$doc[0].page', multi: false }])
  t.same(config.controls.map(({ type, name, toNames }) => [type, name, toNames]), [['keypointlabels', 'points', ['image']], ['rectangle', 'prompt', ['image']], ['textarea', 'note', ['image']]])
  t.same(config.controls[0]!.labels.map(({ value, alias }) => [value, alias]), [['Nase', 'nose'], ['left_eye', null]])
  t.equal(config.controls[0]!.attributes['strokewidth'], '2')
  t.equal(config.controls[0]!.labels[0]!.attributes['model_index'], '0')
  t.same(config.otherObjects, ['Text'])
})

t.test('tags and attributes in any case, several targets, lists of pictures', async (t) => {
  const config = parseLabelConfig('<View><image name="a" valueList="$pages"/><IMAGE name="b" value="$b"/><keypointlabels NAME="k" toname="a, b"><label value="nose"/></keypointlabels></View>')
  t.same(config.images, [{ name: 'a', value: '$pages', multi: true }, { name: 'b', value: '$b', multi: false }])
  t.same(config.controls.map(({ type, name, toNames, labels }) => [type, name, toNames, labels.length]), [['keypointlabels', 'k', ['a', 'b'], 1]])
})

t.test('decodes the entities of XML and no others', async (t) => {
  const config = parseLabelConfig('<View><K name="k" toName="image"><Label value="&lt;A &amp; B&gt; &#228;&#xE4;&quot;&apos; &amp;lt;"/><Label value="&nbsp;&#9999999;"/></K></View>')
  t.same(config.controls[0]!.labels.map(({ value }) => value), ['<A & B> ää"\' &lt;', '&nbsp;&#9999999;'])
})

t.test('refuses what it cannot read, with the reason', async (t) => {
  t.throws(() => parseLabelConfig('  '), { ...invalid, message: /it is empty/ })
  t.throws(() => parseLabelConfig('<View><Image name="a"></View>'), { ...invalid, message: /line 1: .*Image/ })
  t.throws(() => parseLabelConfig('not xml at all'), invalid)
  t.throws(() => parseLabelConfig('<!DOCTYPE x [<!ENTITY a "b">]><View>&a;</View>'), { ...invalid, message: /DOCTYPE/ })
  t.throws(() => parseLabelConfig(`<View>${' '.repeat(1024 * 1024)}</View>`), { ...invalid, message: /longer than/ })
  t.throws(() => parseLabelConfig(`${'<View>'.repeat(5000)}${'</View>'.repeat(5000)}`), invalid)
})

t.test('names cannot reach the prototypes of objects', async (t) => {
  const { controls: [control] } = parseLabelConfig('<View><toString name="__proto__" toName="x" hasOwnProperty="1" model="m"><Label value="toString"/></toString></View>')
  t.same([control!.name, control!.labels[0]!.value, control!.attributes['model'], control!.attributes['tostring']], ['__proto__', 'toString', 'm', undefined])
  t.throws(() => parseLabelConfig('<View><constructor name="a" toName="b"/></View>'), invalid)
  t.throws(() => parseLabelConfig('<View><A name="a" toName="b" __proto__="c"/></View>'), invalid)
})

const shared = sharedDir()
t.test('reads the interfaces of a real Label Studio', { skip: shared ? false : 'needs the shared folder' }, async (t) => {
  const labelsOf = (file: string) => Object.fromEntries(parseLabelConfig(readFileSync(join(shared!, 'labelstudio/fixtures', file), 'utf8'))
    .controls.map(({ name, labels }) => [name, labels.length]))
  t.same(labelsOf('config-one-control.xml'), { person: 1, keypoints: 133 })
  t.same(labelsOf('config-panels-prompt.xml'), { person: 1, prompt: 0, body: 17, feet: 6, face: 68, left_hand: 21, right_hand: 21 })
  t.same(labelsOf('config-with-vector-skeleton.xml'), { person: 1, keypoints: 133, skeleton: 1 })
})
