import { errorTable, type PoseError } from './errors.ts'

/** What happened and what to do: the two halves of an error's sentence. remedy null: the detail says it, or nobody can do anything. */
export function splitRemedy ({ errorName, message }: Pick<PoseError, 'errorName' | 'message'>): { sentence: string, remedy: string | null } {
  const remedy = remedyOf(errorName)
  return remedy !== null && message.endsWith(remedy) ? { sentence: message.slice(0, -remedy.length).trimEnd(), remedy } : { sentence: message, remedy: null }
}

/** The half of the table's sentence that follows the detail. */
export function remedyOf (name: PoseError['errorName']): string | null {
  const [, remedy] = errorTable[name][1].split('(%s). ')
  return remedy ?? null
}
