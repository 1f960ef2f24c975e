import { readFile } from 'node:fs/promises'
import Value from 'typebox/value'
import { JobRequestSchema, type JobRequestBody } from '../jobs/job-request.ts'
import { CliError } from './command.ts'

const form = 'A list of conditions as in a tab of the Data Manager, for example [{"filter": "filter:tasks:total_annotations", "operator": "equal", "type": "Number", "value": 0}], or the tab\'s {"conjunction": "and", "items": [...]}'

/**
 * The conditions in a file, all of which a task has to fulfil.
 * @throws CliError
 */
export async function readFilter (path: string): Promise<NonNullable<JobRequestBody['filter']>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => { throw new CliError(`--filter ${path} cannot be read (${error.code}).`) })
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch {
    throw new CliError(`--filter ${path} is no JSON. ${form}, is.`)
  }
  const filters = typeof content === 'object' && content !== null && 'filters' in content ? content.filters : content
  const isGroup = typeof filters === 'object' && filters !== null && 'items' in filters
  if (isGroup && (filters as { conjunction?: unknown }).conjunction === 'or') throw new CliError(`--filter ${path} joins its conditions by "or"; a job takes those that are all fulfilled. Run it once for each.`)
  const items: unknown = isGroup ? filters.items : filters
  if (!Value.Check(JobRequestSchema.properties.filter, items) || items === undefined) throw new CliError(`--filter ${path} is not valid. ${form}, is.`)
  return items
}
