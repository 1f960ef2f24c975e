import { registry } from '../../models/find-model.ts'
import type { ModelEntry } from '../../models/model-entry.ts'
import { modelsOfMode } from '../../models/models-of-mode.ts'
import { modes, type Mode } from '../../models/modes.ts'
import { CliError } from './command.ts'

/**
 * The models that words of the command line mean: ids of the registry, or modes, which stand for both of theirs.
 * @throws CliError naming the word that is neither
 */
export function chooseModels (words: readonly string[]): ModelEntry[] {
  const chosen = words.flatMap((word) => {
    // Not "in", which knows "constructor" too.
    if (Object.hasOwn(modes, word)) return Object.values(modelsOfMode(word as Mode, null))
    const entry = registry.find(({ id }) => id === word)
    if (entry !== undefined) return [entry]
    throw new CliError(`"${word}" is neither a mode (${Object.keys(modes).join(', ')}) nor a model of "label-studio-rtmpose models list".`)
  })
  return [...new Set(chosen)]
}
