import { join } from 'node:path'
import { registry } from '../../models/find-model.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import type { ModelEntry } from '../../models/model-entry.ts'
import { modes } from '../../models/modes.ts'
import { publishedAccuracy } from '../../models/registry/published-accuracy.ts'
import { loadConfig } from '../config.ts'
import { folderOf } from '../model-store/folder-of.ts'
import { sizeOf } from '../model-store/size-of.ts'
import { CliError, type Command } from './command.ts'

/** Every model the service knows, with what is published of it. */
export const modelsList: Command = {
  usage: '',
  summary: 'Lists every model the service knows: size, published accuracy, modes, licence, and whether its file is there.',
  async run (args, terminal) {
    if (args.length > 0) throw new CliError(`"models list" takes no ${args[0]}.`)
    const { modelDir } = loadConfig()
    for (const entry of registry) {
      const size = await sizeOf(join(folderOf(entry, modelDir), entry.file))
      for (const line of describe(entry, size)) terminal.print(line)
    }
    return 0
  }
}

function describe (entry: ModelEntry, size: number): string[] {
  const accuracy = publishedAccuracy[entry.id]
  const points = entry.task === 'pose' ? `, ${keypointSets[entry.keypointSet].names.length} points` : ''
  const used = Object.entries(modes).filter(([, mode]) => mode[entry.task] === entry.id).map(([mode]) => mode)
  return [
    `${entry.id}  (${entry.task}${points}, input ${entry.inputSize.join('x')})`,
    `    ${entry.title}: ${describeSize(entry, size)}${used.length > 0 ? `; MODE=${used.join(', ')}` : ''}`,
    `    accuracy: ${accuracy === undefined ? describeMissing(entry) : `${accuracy.measure} ${accuracy.value.toFixed(1)} (${accuracy.source})`}`,
    `    licence: ${entry.license}`
  ]
}

function describeMissing ({ id }: ModelEntry): string {
  return id.startsWith('starter-') ? 'see models/starter/MODEL_CARD.md' : 'no published figure is noted here'
}

function describeSize ({ bytes, addresses }: ModelEntry, size: number): string {
  if (size > 0) return `${(size / 1e6).toFixed(1)} MB, is there`
  const known = bytes === null ? 'size not known' : `${(bytes / 1e6).toFixed(1)} MB`
  return `${known}, ${addresses.length > 0 ? 'not there' : 'not there, and no address of it is known'}`
}
