/** Reads the XML of a labelling interface into what this service has to know of it. */
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { createPoseError } from '../errors.ts'

export interface LabelConfig {
  images: readonly ImageTag[]
  controls: readonly ControlTag[]
  /** Object tags that are no pictures (Video, Text, ...), as written: for sentences. */
  otherObjects: readonly string[]
}

export interface ImageTag {
  name: string
  /** As written in `value` or `valueList`, usually "$key". */
  value: string
  /** true: the value holds a list, one picture per page (`valueList`). */
  multi: boolean
}

export interface ControlTag {
  /** Lower-case tag name, which is also the `type` of its regions: keypointlabels, rectangle, ... */
  type: string
  name: string
  /** Object tags it belongs to; more than one with toName="a,b". */
  toNames: readonly string[]
  /** Its Label tags, or the Choice tags of a Choices control. */
  labels: readonly ControlLabel[]
  /** Keys in lower case, as Label Studio's editor reads them. */
  attributes: Readonly<Record<string, string>>
}

export interface ControlLabel {
  value: string
  /** Stands in results instead of the value. */
  alias: string | null
  attributes: Readonly<Record<string, string>>
}

interface Element {
  tag: string
  attributes: Record<string, string>
  children: Element[]
}

// 133 labels take 14 KB; real interfaces nest about 10 deep.
const maxCharacters = 1024 * 1024
const maxDepth = 64

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: maxDepth
})

/** @throws PoseError LABEL_CONFIG_INVALID with the reason */
export function parseLabelConfig (xml: string): LabelConfig {
  const config = { images: [] as ImageTag[], controls: [] as ControlTag[], otherObjects: [] as string[] }
  for (const element of walk(parseXml(xml))) {
    const { name, toname: toName, value, valuelist: valueList } = element.attributes
    if (name === undefined) continue
    if (toName !== undefined) {
      config.controls.push(toControl(element, name, toName))
    } else if (element.tag.toLowerCase() === 'image') {
      config.images.push({ name, value: valueList ?? value ?? '', multi: valueList !== undefined })
    } else if (value?.includes('$')) {
      config.otherObjects.push(element.tag)
    }
  }
  return config
}

function toControl (element: Element, name: string, toName: string): ControlTag {
  const labels: ControlLabel[] = []
  for (const { tag, attributes } of walk(element.children)) {
    const { value, alias } = attributes
    // Without a value it is the editor's "no label" entry, or comes from the task.
    if (['label', 'choice'].includes(tag.toLowerCase()) && value) labels.push({ value, alias: alias || null, attributes })
  }
  return {
    type: element.tag.toLowerCase(),
    name,
    toNames: toName.split(',').map((item) => item.trim()),
    labels,
    attributes: element.attributes
  }
}

function parseXml (xml: string): Element[] {
  if (xml.trim() === '') throw invalid('it is empty')
  if (xml.length > maxCharacters) throw invalid(`it is longer than ${maxCharacters} characters`)
  // Entities of one's own are how small XML grows without bound; no labelling interface has a reason for them.
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) throw invalid('it has a DOCTYPE')
  const verdict = XMLValidator.validate(xml)
  if (verdict !== true) throw invalid(`line ${verdict.err.line}: ${verdict.err.msg}`)
  try {
    return toElements(parser.parse(xml), 0)
  } catch (error) {
    throw invalid((error as Error).message)
  }
}

/** The parser's ordered form is [{ Tag: [children], ':@': { attribute: value } }, { '#text': ... }]. */
function toElements (nodes: ReadonlyArray<Record<string, unknown>>, depth: number): Element[] {
  if (depth > maxDepth) throw new Error(`tags are nested deeper than ${maxDepth}`)
  const elements: Element[] = []
  for (const node of nodes) {
    const tag = Object.keys(node).find((key) => key !== ':@')
    const children = tag === undefined ? undefined : node[tag]
    if (tag === undefined || !Array.isArray(children)) continue
    elements.push({ tag, attributes: toAttributes(node[':@']), children: toElements(children, depth + 1) })
  }
  return elements
}

function toAttributes (raw: unknown): Record<string, string> {
  const attributes: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(raw ?? {})) attributes[name.toLowerCase()] = decodeEntities(String(value))
  return attributes
}

const predefined: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** The five entities of XML itself and numeric references: all that is left without a DOCTYPE. */
function decodeEntities (text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return predefined[name.toLowerCase()] ?? whole
    const code = decimal !== undefined ? Number(decimal) : parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

function * walk (elements: readonly Element[]): Generator<Element> {
  for (const element of elements) {
    yield element
    yield * walk(element.children)
  }
}

function invalid (detail: string) {
  return createPoseError('LABEL_CONFIG_INVALID', detail)
}
