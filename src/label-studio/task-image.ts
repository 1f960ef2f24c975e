/** Finds the addresses of a task's pictures. */
import { createPoseError } from '../errors.ts'
import type { ImageTag } from './parse-label-config.ts'

export interface TaskImage {
  address: string
  /** Page of a multi-page picture (`item_index` of its regions); null for a single picture. */
  itemIndex: number | null
}

/**
 * Which addresses a task holds for one Image tag: what its value names ("$image", "$doc[0].page", "https://host/$name"),
 * else the key "$undefined$" (Label Studio's for uploads before the interface was known), else the only picture-like text.
 * @param images all Image tags: the guess is only made where it cannot mean another one
 * @throws PoseError SOURCE_MISSING
 */
export function findTaskImages (data: unknown, image: ImageTag, images: readonly ImageTag[]): TaskImage[] {
  const found = toTaskImages(evaluate(image.value, data), image)
  if (found.length > 0) return found
  if (images.length <= 1) {
    const fallback = toTaskImages(readPath('$undefined$', data), image)
    if (fallback.length > 0) return fallback
    const guess = guessAddress(data)
    if (guess !== null) return toTaskImages(guess, image)
  }
  throw createPoseError('SOURCE_MISSING', explain(data, image))
}

function toTaskImages (value: unknown, { multi }: ImageTag): TaskImage[] {
  if (typeof value === 'string' && value.trim() !== '') return [{ address: value.trim(), itemIndex: multi ? 0 : null }]
  if (!multi || !Array.isArray(value)) return []
  return value.flatMap((item, itemIndex) => typeof item === 'string' && item.trim() !== '' ? [{ address: item.trim(), itemIndex }] : [])
}

const longestExpression = 1000
const variable = /\$[\w[\].]+/g

/** The rule of Label Studio's editor: a lone variable may be any structure, inside other text it is replaced. */
function evaluate (expression: string, data: unknown): unknown {
  // It is read anew for every task.
  if (expression.length > longestExpression) return undefined
  if (expression.match(variable)?.[0] === expression) return readPath(expression.slice(1), data)
  let complete = true
  const text = expression.replace(variable, (name) => {
    const value = readPath(name.slice(1), data)
    // An object of JSON need not have a text: it may bring a "toString" of its own.
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    complete = false
    return ''
  })
  return complete ? text : undefined
}

/** "doc[0].page", own properties only. A key that is written just so wins. */
function readPath (path: string, data: unknown): unknown {
  if (isObject(data) && Object.hasOwn(data, path)) return data[path]
  let value = data
  for (const step of path.match(/[^.[\]]+/g) ?? []) {
    if (!isObject(value) || !Object.hasOwn(value, step)) return undefined
    value = value[step]
  }
  return value
}

const pictureLike = /^data:image\/|\.(jpe?g|png|webp|avif|gif|tiff?|bmp)([?#]|$)/i
const addressLike = /^(https?|s3|gs|azure-blob):\/\/|(^|\/)data\/(upload|local-files)\/|^\/?upload\//i

function guessAddress (data: unknown): string | null {
  if (!isObject(data)) return null
  const texts = Object.values(data).filter((value) => typeof value === 'string')
  for (const pattern of [pictureLike, addressLike]) {
    const [first, ...others] = texts.filter((text) => pattern.test(text.trim()))
    if (first !== undefined && others.length === 0) return first
  }
  return null
}

function explain (data: unknown, image: ImageTag): string {
  const keys = isObject(data) ? Object.keys(data) : []
  const there = keys.length > 0 ? `it has ${keys.slice(0, 8).map((key) => key.slice(0, 40)).join(', ')}` : 'it has no data'
  const hint = !image.multi && Array.isArray(evaluate(image.value, data)) ? '; a list needs valueList instead of value' : ''
  return `the tag "${image.name}" reads ${image.value.slice(0, 100) || 'nothing'}; ${there}${hint}`
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
