import { createReadStream } from 'node:fs'
import Value from 'typebox/value'
import { LabelledTaskSchema, type LabelledTask } from '../label-studio/labelled-task.ts'
import { ExportFault } from './export-fault.ts'
import { splitJsonArray } from './split-json-array.ts'

/** A task of the file, or why it cannot be read. */
export type FileTask = { task: LabelledTask } | { task: null, reason: string }

const maxTaskBytes = 256 * 1024 * 1024

/**
 * The tasks of a file that Label Studio has exported as JSON, one by one. Tasks without a number, as in files for the import,
 * get their place in the file.
 * @throws ExportFault when it is no such file, or cannot be read
 */
export async function * readExportFile (path: string): AsyncGenerator<FileTask> {
  let number = 0
  try {
    for await (const text of splitJsonArray(createReadStream(path, { highWaterMark: 1024 * 1024 }), maxTaskBytes)) {
      number++
      yield readTask(text, number)
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    throw syscall === undefined ? error : new ExportFault(`${path} cannot be read (${code}).`, { cause: error })
  }
}

function readTask (text: string, number: number): FileTask {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ExportFault(`Task ${number} of the file is no JSON (${(error as Error).message.slice(0, 100)}).`)
  }
  if (typeof value !== 'object' || value === null || !('data' in value)) {
    throw new ExportFault(`Task ${number} of the file has no "data". Export the project from Label Studio as JSON: JSON-MIN and the other formats leave regions out.`)
  }
  const { id = number, annotations, predictions, ...rest } = value as Record<string, unknown>
  // Older exports list predictions by their numbers.
  const task = { ...rest, id, annotations: objectsOf(annotations), predictions: objectsOf(predictions) }
  if (Value.Check(LabelledTaskSchema, task)) return { task }
  const [first] = Value.Errors(LabelledTaskSchema, task)
  return { task: null, reason: `(number ${number} of the file) is not in the form of an export${first === undefined ? '' : `: ${first.instancePath || 'it'} ${first.message}`}` }
}

function objectsOf (list: unknown): unknown[] {
  return Array.isArray(list) ? list.filter((entry) => typeof entry === 'object' && entry !== null) : []
}
