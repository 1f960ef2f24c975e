import { readFile } from 'node:fs/promises'
import { CliError } from './command.ts'

/** The labelling interface that --label-config names. @throws CliError */
export async function readLabelConfig (path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => { throw new CliError(`--label-config ${path} cannot be read (${error.code}).`) })
}
