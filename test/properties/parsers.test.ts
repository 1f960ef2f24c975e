/** What must hold for every text that somebody else writes: fast-check makes them up. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { findDetector, findPose } from '../../models/find-model.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { parseModelEntry } from '../../models/parse-model-entry.ts'
import { readRequestId } from '../../plugins/read-request-id.ts'
import { CliError } from '../../src/cli/command.ts'
import { parseArguments } from '../../src/cli/parse-arguments.ts'
import { ConfigError, loadConfig, variables } from '../../src/config.ts'
import { readContainerLimits } from '../../src/container/container-limits.ts'
import { isPoseError } from '../../src/errors.ts'
import { ExportFault } from '../../src/exports/export-fault.ts'
import { nameOfCopy } from '../../src/exports/name-of-copy.ts'
import { pathInStorage } from '../../src/exports/path-in-storage.ts'
import { readExportFile } from '../../src/exports/read-export-file.ts'
import { splitJsonArray } from '../../src/exports/split-json-array.ts'
import { createJsonParser } from '../../src/inference/create-json-parser.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { matchControls } from '../../src/label-studio/match-controls.ts'
import { parseLabelConfig } from '../../src/label-studio/parse-label-config.ts'
import { readPeople } from '../../src/label-studio/read-people.ts'
import { findTaskImages } from '../../src/label-studio/task-image.ts'
import { toPrediction } from '../../src/label-studio/to-prediction.ts'
import { decodeDataUri } from '../../src/media/decode-data-uri.ts'
import { describeAddress } from '../../src/media/describe-address.ts'
import { resolvePictureAddress } from '../../src/media/resolve-picture-address.ts'
import { unpackOnnx } from '../../src/model-store/unpack-onnx.ts'
import { checkProperty } from '../factories/check-property.ts'
import { buildPerson } from '../factories/person.ts'
import { writeZip } from '../factories/zip-writer.ts'

const anyText = fc.string({ unit: 'binary' })
const halves = fc.constantFrom('\ud800', '\udc00', '\ufeff', '\0', '\u202e')
/** Texts put together from pieces that mean something to a parser, with noise between. */
const textOf = (...pieces: string[]) => fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: anyText }, { weight: 1, arbitrary: halves }), { maxLength: 12 }).map((parts) => parts.join(''))

/** Throws what is none of the errors that a caller knows how to answer. */
function allow<Value> (isKnown: (error: unknown) => boolean, act: () => Value): Value | null {
  try {
    return act()
  } catch (error) {
    if (isKnown(error) && (error as Error).message.length > 5) return null
    throw error
  }
}

t.test('addresses of pictures: a plan or a PoseError, and the token for data paths of Label Studio alone', async (t) => {
  const address = textOf(
    '%', '%2', '%2e', '%2E%2e', '%2f', '%5c', '%ff', '%00', ' ', '\t', '\n', '.', '..', '/', '//', '\\', '?', '#', '&', '=', ':', '@', '[', ']', '*', '|', 'ä',
    'http://', 'https:', 'HTTP:\\', 'ls.internal:8080', 'localhost', 'host:99999', 'data/', 'upload/', 'data/upload/', 'local-files/', 'data/local-files/?d=',
    'storage-data/uploaded/?filepath=', 'upload', 'tasks/1/resolve/', 'projects/2/file-proxy', 'api/', 's3:', 'gs://b/', 'data:image/png;base64,', 'x.jpg'
  )
  const context = { labelStudioUrl: new URL('http://ls.internal:8080'), dataDir: '/data', localFilesDir: '/files', imageOrigins: new Set<string>(), setupHostname: 'https://label.example.com', owner: { task: 12, project: 7 } }
  await checkProperty(t, 'nothing but plans and PoseErrors', fc.property(address, (text) => {
    const plan = allow(isPoseError, () => resolvePictureAddress(text, context))
    if (plan?.kind !== 'label-studio') return true
    return plan.urls.every(({ origin, pathname }) => origin === 'http://ls.internal:8080' && /^\/(data|storage-data|tasks\/\d+|projects\/\d+)\//.test(pathname)) &&
      (plan.file?.segments.every((segment) => segment !== '..' && !segment.includes('\0')) ?? true)
  }), 3000)
  await checkProperty(t, 'what is shown of an address has no secret of it', fc.property(fc.webUrl(), fc.stringMatching(/^[a-z0-9]{12}$/), (url, secret) => {
    const { host, pathname, protocol } = new URL(url)
    return !describeAddress(`${protocol}//user:${secret}@${host}${pathname}?token=${secret}#${secret}`).includes(secret)
  }))
  await checkProperty(t, 'paths in a storage stay in it', fc.property(address, (text) => {
    const path = pathInStorage(text, 'http://ls.internal:8080')
    return path === null || (path.split('/').every((step) => step !== '' && step !== '.' && step !== '..') && !/[\0\\]/.test(path))
  }), 1000)
  await checkProperty(t, 'names of copies are one step', fc.property(fc.nat(), fc.option(address), (id, path) => {
    const name = nameOfCopy(id, path, 'jpg')
    return name.startsWith(`${id}-`) && name.endsWith('.jpg') && !/[/\\\0]/.test(name) && Buffer.byteLength(name) <= 255
  }))
})

t.test('data: addresses give back the bytes that went in, and never more than is allowed', async (t) => {
  await checkProperty(t, 'base64 and percent, round trip', fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('image/png', 'IMAGE/jpeg', 'application/octet-stream'), (bytes, type) => {
    const uris = [`data:${type};base64,${Buffer.from(bytes).toString('base64')}`, `data:${type};base64,${Buffer.from(bytes).toString('base64url')}`, `data:${type},${[...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`]
    return uris.every((uri) => Buffer.compare(decodeDataUri(uri, 300), bytes) === 0)
  }))
  await checkProperty(t, 'anything else: bytes within the bound, or a PoseError', fc.property(textOf('data:', 'image/png', 'image/', ';', 'base64', ',', 'charset=', '%', '%4', '=', '==', 'AAAA', 'A', '_-', '+/', ' '), fc.nat(40), (text, most) => {
    const bytes = allow(isPoseError, () => decodeDataUri(`data:${text}`, most))
    return bytes === null || bytes.byteLength <= most
  }), 1000)
})

t.test('labelling interfaces and tasks', async (t) => {
  const xml = textOf('<View>', '</View>', '<Image name="image" value="$image"/>', '<KeyPointLabels name="k" toName="image">', '</KeyPointLabels>', '<Label value="nose"/>', '<', '>', '/>', '"', "'", '=', ' ', '&', '&amp;', '&#0;', '&#x110000;', '<!--', '-->', '<![CDATA[', ']]>', '<!DOCTYPE', '<?xml', '?>', '__proto__', 'constructor', 'name=', 'toName=', '$')
  await checkProperty(t, 'a plan or a PoseError', fc.property(xml, (text) => { allow(isPoseError, () => matchControls(parseLabelConfig(text), cocoWholebody133)) }), 1500)
  const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((text) => !/[<>&"\ufffe\uffff\p{Cc}]/u.test(text) && text.trim() === text)
  await checkProperty(t, 'labels are read as they are written', fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
    const { controls: [control] } = parseLabelConfig(`<View><K name="k" toName="image">${names.map((value) => `<Label value="${value}"/>`).join('')}</K></View>`)
    return JSON.stringify(control!.labels.map(({ value }) => value)) === JSON.stringify(names)
  }))
  const expression = textOf('$image', '$', 'image', '.', '[0]', '[', ']', '__proto__', 'constructor', 'prototype', 'toString', 'https://h/', '$undefined$')
  await checkProperty(t, 'addresses of tasks are texts of the task, or a PoseError', fc.property(expression, fc.boolean(), fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom('image', 'a', '__proto__', '$undefined$'), fc.jsonValue())), (value, multi, data) => {
    const tag = { name: 'image', value, multi }
    const images = allow(isPoseError, () => findTaskImages(data, tag, [tag]))
    return images === null || images.every(({ address }) => typeof address === 'string' && address.trim() !== '')
  }), 1500)
})

t.test('people become regions and people again', async (t) => {
  const [width, height] = [1279, 961]
  const person = fc.record({
    x1: fc.double({ min: 0, max: 700, noNaN: true }),
    y1: fc.double({ min: 0, max: 500, noNaN: true }),
    w: fc.double({ min: 30, max: 500, noNaN: true }),
    h: fc.double({ min: 30, max: 400, noNaN: true }),
    score: fc.double({ min: 0.01, max: 1, noNaN: true }),
    missing: fc.uniqueArray(fc.nat(132), { maxLength: 100 })
  }).map(({ x1, y1, w, h, score, missing }) => buildPerson(cocoWholebody133, { bbox: [x1, y1, x1 + w, y1 + h], score, missing }))
  const plan = matchControls(parseLabelConfig(labelConfigPreset('wholebody133')), cocoWholebody133)
  const near = (a: number, b: number, extent: number) => Math.abs(a - b) <= extent * 0.51e-6 + 1e-9
  await checkProperty(t, 'every point of every person, to a millionth of the picture', fc.property(fc.array(person, { maxLength: 5 }), (people) => {
    const { result } = toPrediction(plan.pictures.map((picture) => ({ plan: picture, itemIndex: null, width, height, people })), { keypointSet: cocoWholebody133, modelVersion: 'v', keypointSize: 0.3 })
    const { people: found, faults } = readPeople(JSON.parse(JSON.stringify(result)), plan, cocoWholebody133)
    return faults.length === 0 && found.length === people.length && people.every(({ keypoints, bbox }, rank) => {
      const back = found[rank]!
      return bbox.every((value, axis) => near(back.bbox![axis]!, value, axis % 2 === 0 ? width : height)) && cocoWholebody133.names.every((_, index) => {
        const [x, y, confidence] = keypoints.subarray(index * 3, index * 3 + 3) as unknown as [number, number, number]
        const point = back.points[index]
        return confidence === 0 ? point == null : point != null && near(point.x, x, width) && near(point.y, y, height)
      })
    })
  }), 60)
  const region = fc.record({
    id: fc.oneof(fc.string(), fc.constant('a'), fc.jsonValue()),
    type: fc.constantFrom('keypointlabels', 'rectanglelabels', 'vectorlabels', 'choices', 'rectangle', '__proto__'),
    from_name: fc.oneof(fc.constantFrom('box', 'keypoints', 'person', 'skeleton'), fc.jsonValue()),
    to_name: fc.oneof(fc.constant('image'), fc.jsonValue()),
    original_width: fc.oneof(fc.nat(2000), fc.jsonValue()),
    original_height: fc.oneof(fc.nat(2000), fc.jsonValue()),
    parentID: fc.oneof(fc.constant('a'), fc.jsonValue()),
    item_index: fc.jsonValue(),
    value: fc.oneof(fc.jsonValue(), fc.record({ x: fc.oneof(fc.double(), fc.jsonValue()), y: fc.double(), width: fc.double(), height: fc.double(), rotation: fc.double(), keypointlabels: fc.oneof(fc.constant(['nose']), fc.jsonValue()), rectanglelabels: fc.jsonValue(), vertices: fc.jsonValue() }, { requiredKeys: [] }))
  }, { requiredKeys: [] })
  await checkProperty(t, 'whatever regions say, numbers stay numbers, and nothing is thrown', fc.property(fc.oneof(fc.jsonValue(), fc.array(fc.oneof(region, fc.jsonValue()), { maxLength: 12 })), (result) => {
    const { people } = readPeople(result, plan, cocoWholebody133)
    return people.every(({ bbox, points, width: w, height: h }) => w > 0 && h > 0 && (bbox === null || bbox.every(Number.isFinite)) && points.every((point) => point == null || (Number.isFinite(point.x) && Number.isFinite(point.y))))
  }), 1500)
})

t.test('files that Label Studio exports', async (t) => {
  const isFault = (error: unknown) => error instanceof ExportFault
  async function * inPieces (bytes: Buffer, size: number) { for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size) }
  await checkProperty(t, 'the splitter gives what JSON.parse gives, wherever the pieces end', fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 6 }), fc.integer({ min: 1, max: 9 }), fc.nat(2), async (list, size, indent) => {
    const text = JSON.stringify(list, null, indent)
    const elements: unknown[] = []
    for await (const element of splitJsonArray(inPieces(Buffer.from(text), size), 1e6)) elements.push(JSON.parse(element))
    return JSON.stringify(elements) === JSON.stringify(list)
  }))
  const folder = t.testdir({})
  const path = join(folder, 'export.json')
  await checkProperty(t, 'anything: tasks, reasons or an ExportFault', fc.asyncProperty(fc.oneof(textOf('[', ']', '{', '}', '"data"', ':', ',', '{"data":{}}', '{"id":1,"data":{"image":"x"},"annotations":[{"result":[]}]}', 'null', '"', '\\'), fc.jsonValue().map((value) => JSON.stringify(value))), async (text) => {
    writeFileSync(path, text)
    try {
      for await (const { task } of readExportFile(path)) if (task !== null && !Number.isInteger(task.id)) return false
    } catch (error) {
      if (!isFault(error)) throw error
    }
    return true
  }), 200)
  await checkProperty(t, 'archives give back what is in them, whatever it is called', fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 30 }), fc.boolean(), fc.option(fc.nat(400)), async (content, name, store, cut) => {
    const archive = join(folder, 'a.zip')
    const bytes = writeZip([{ name: `${name}.onnx`, content, store }])
    writeFileSync(archive, cut === null ? bytes : bytes.subarray(0, cut))
    try {
      await unpackOnnx(archive, join(folder, 'out.onnx'), 1000)
    } catch (error) {
      return (error as Error).name === 'DownloadFault'
    }
    return true
  }), 150)
})

t.test('bodies of requests', async (t) => {
  const parser = createJsonParser({ inlineBytes: 1e6 })
  t.teardown(() => parser.close())
  const isKnown = async (bytes: Uint8Array) => await parser.parse(Buffer.from(bytes)).then((value) => ({ value }), (error: unknown) => isPoseError(error) ? null : Promise.reject(error))
  await checkProperty(t, 'JSON comes out as it went in', fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (value) => {
    const parsed = await isKnown(Buffer.from(JSON.stringify(value)))
    return parsed !== null && JSON.stringify(parsed.value) === JSON.stringify(value)
  }))
  await checkProperty(t, 'other bytes: a value or a PoseError', fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 60 }), textOf('{', '}', '[', ']', '"', ':', ',', '1e999', '-', '__proto__', '"__proto__":', '"constructor":', '"prototype":', 'null').map((text) => Buffer.from(text))), async (bytes) => {
    await isKnown(bytes)
    return ({} as { polluted?: unknown }).polluted === undefined
  }), 1000)
  await checkProperty(t, 'ids of requests are fit for a line of a log', fc.property(fc.oneof(anyText, fc.array(anyText), fc.constant(undefined)), (given) => /^[\w.:+/=@-]{1,128}$/.test(readRequestId({ headers: { 'x-request-id': given } as never }))))
})

t.test('what is written on this side: command lines, configuration, descriptions of models, control groups', async (t) => {
  const options = { url: { type: 'string' }, quiet: { type: 'boolean', short: 'q' }, id: { type: 'string', multiple: true } } as const
  await checkProperty(t, 'command lines', fc.property(fc.array(textOf('--', '-', '--url', '--url=', '--no-quiet', '-q', '--id', '__proto__', 'x'), { maxLength: 6 }), fc.boolean(), (args, takesWords) => {
    const parsed = allow((error) => error instanceof CliError, () => parseArguments(args, options, { takesWords }))
    return parsed === null || parsed.values.url === undefined || typeof parsed.values.url === 'string'
  }), 500)
  const names = Object.keys(variables)
  const value = fc.oneof(anyText.filter((text) => !text.includes('\0')), fc.constantFrom('', '0', '-1', '1', '1e9', 'NaN', 'Infinity', 'true', 'false', 'cpu', 'http://h', 'http://h:1/p', 'http://u:p@h', '10.0.0.0/8', 'fe80::1%lo', '*', ' '), fc.integer().map(String), fc.double().map(String))
  await checkProperty(t, 'environments: a configuration, or one sentence that names the variable', fc.property(fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 4 }), (env) => {
    try {
      const config = loadConfig({ XDG_CACHE_HOME: '/cache', ...env })
      return config.workers >= 1 && config.maxBodyBytes > 0 && config.port >= 0 && config.port < 65_536 && Number.isFinite(config.requestBudgetMs)
    } catch (error) {
      return error instanceof ConfigError && names.some((name) => error.message.startsWith(name)) && /\.$/.test(error.message)
    }
  }), 60)
  const pose = findPose('rtmw-l-256x192')!
  const detector = findDetector('yolox-nano-coco')!
  await checkProperty(t, 'descriptions of models, with facts of other kinds', fc.property(fc.constantFrom(pose, detector), fc.constantFrom(...Object.keys(pose), ...Object.keys(detector), '__proto__'), fc.jsonValue(), (entry, key, value) => {
    allow((error) => error instanceof Error && /^"/.test(error.message), () => parseModelEntry({ ...entry, [key]: value }))
  }), 400)
  const mount = t.testdir({ self: '0::/\n' })
  mkdirSync(mount, { recursive: true })
  const number = fc.oneof(fc.nat().map(String), fc.constantFrom('max', '', '0', '-1', '1e400', ' ', '\n', 'max max'), anyText)
  await checkProperty(t, 'control groups: limits are numbers above zero, or none', fc.property(number, number, number, (memory, quota, period) => {
    writeFileSync(join(mount, 'memory.max'), memory)
    writeFileSync(join(mount, 'cpu.max'), `${quota} ${period}`)
    const { memoryBytes, cpus } = readContainerLimits({ mount, self: join(mount, 'self') })
    return [memoryBytes, cpus].every((limit) => limit === null || (Number.isFinite(limit) && limit > 0))
  }))
})
