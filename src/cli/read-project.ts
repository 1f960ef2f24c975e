import { CliError } from './command.ts'

/** The number given for --project. @throws CliError for anything else */
export function readProject (text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new CliError(`--project ${text} is not valid: the number that stands behind /projects/ in the address of the project is.`)
  return Number(text)
}
