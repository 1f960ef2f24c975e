import { registry } from '../../models/find-model.ts'
import type { ModelEntry } from '../../models/model-entry.ts'
import { CliError, type Command } from './command.ts'

/** Every model the service knows. */
export const modelsList: Command = {
  usage: '',
  summary: 'Lists every model the service knows, with size and licence.',
  async run (args, terminal) {
    if (args.length > 0) throw new CliError(`"models list" takes no ${args[0]}.`)
    for (const entry of registry) terminal.print(describe(entry))
    return 0
  }
}

function describe ({ id, task, title, bytes, license }: ModelEntry): string {
  return `${id}  ${task}  ${title}  ${bytes === null ? 'size not known' : `${(bytes / 1e6).toFixed(1)} MB`}  ${license}`
}
