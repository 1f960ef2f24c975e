import { resolve } from 'node:path'
import { CliError } from './command.ts'
import { readAddress } from './read-address.ts'
import { readProject } from './read-project.ts'

/** Where the labels of a command come from: a project, or a file that Label Studio has exported. One of the two is null. */
export interface LabelOptions {
  project: number | null
  /** Path of the file. */
  from: string | null
  /** Path of the labelling interface of that file. */
  labelConfig: string | null
  /** Of Label Studio, without a slash at its end. */
  url: string | undefined
  token: string | undefined
}

/** @throws CliError */
export function readLabelOptions ({ project, from, 'label-config': labelConfig, url, token }: Partial<Record<string, string>>): LabelOptions {
  if ((project === undefined) === (from === undefined)) throw new CliError('Either --project <id> or --from <export.json> is needed.')
  if (labelConfig !== undefined && from === undefined) throw new CliError('--label-config belongs to --from: a project has its own.')
  return {
    project: project === undefined ? null : readProject(project),
    from: from === undefined ? null : resolve(from),
    labelConfig: labelConfig === undefined ? null : resolve(labelConfig),
    url: url === undefined ? undefined : readAddress('url', url, 'the address of Label Studio'),
    token
  }
}
