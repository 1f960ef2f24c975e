import { Value } from 'typebox/value'
import { checkCalibration } from './confidence/check-calibration.ts'
import { DetectorEntrySchema, PoseEntrySchema, type ModelEntry } from './model-entry.ts'

/**
 * Checks the description of an own model (the parsed content of a .json file) against the registry's schema.
 * @throws Error whose message names the first thing that is wrong and what is allowed.
 */
export function parseModelEntry (data: unknown): ModelEntry {
  const task = isObject(data) ? data['task'] : undefined
  if (task !== 'detector' && task !== 'pose') throw new Error('"task" must be "detector" or "pose".')
  const schema = task === 'detector' ? DetectorEntrySchema : PoseEntrySchema
  const problems = Value.Errors(schema, data)
  if (problems.length > 0) throw new Error(describe(problems, data))
  const entry = data as ModelEntry
  const reason = entry.task === 'pose' && entry.calibration !== null ? checkCalibration(entry.calibration, entry.keypointSet, 'calibration.groups') : null
  if (reason !== null) throw new Error(reason)
  return entry
}

interface Problem { keyword: string, instancePath: string, message: string, params: object }

function describe (problems: readonly Problem[], data: unknown): string {
  // Each form of "score" complains of the others' facts: look at what it says it is first.
  const kind = valueAt(data, ['score', 'kind'])
  if (problems.some(({ instancePath }) => /^\/score(\/|$)/.test(instancePath)) && kind !== 'logits' && kind !== 'peak') {
    return `"score.kind" must be "logits" or "peak"; it is ${quote(kind)}.`
  }
  const [{ keyword, instancePath, message, params }] = problems as [Problem]
  const missing = 'requiredProperties' in params ? params.requiredProperties as string[] : []
  const path = [...instancePath.split('/').filter((part) => part !== ''), ...missing.slice(0, 1)]
  const name = path.length > 0 ? `"${path.join('.')}"` : 'The description'
  if (missing.length > 0) return `${name} is missing.`
  return `${name} ${keyword === 'const' ? allowedValues(problems, instancePath) : keyword === 'boolean' ? 'is one item too many' : message}; it is ${quote(valueAt(data, path))}.`
}

/** A union of constants gives one problem for each of them. */
function allowedValues (problems: readonly Problem[], path: string): string {
  const values = problems.filter(({ keyword, instancePath }) => keyword === 'const' && instancePath === path)
    .map(({ params }) => JSON.stringify((params as { allowedValue: unknown }).allowedValue))
  return `must be ${values.join(' or ')}`
}

function quote (value: unknown): string {
  return JSON.stringify(value).slice(0, 80)
}

function valueAt (data: unknown, path: string[]): unknown {
  return path.reduce<unknown>((value, key) => isObject(value) || Array.isArray(value) ? (value as Record<string, unknown>)[key] : undefined, data) ?? null
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
