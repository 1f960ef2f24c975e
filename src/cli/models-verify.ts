import { registry } from '../../models/find-model.ts'
import { loadConfig } from '../config.ts'
import { chooseModels } from './choose-models.ts'
import type { Command } from './command.ts'
import { verifyModel } from './verify-model.ts'

/** Reads files that are there and compares them with what is known. */
export const modelsVerify: Command = {
  usage: '[mode or model ...]',
  summary: 'Compares the model files that are there with their SHA-256; with names, those must be there. Exit code 1 when one is not as it should be.',
  async run (args, terminal) {
    const { modelDir } = loadConfig()
    let code = 0
    for (const entry of args.length > 0 ? chooseModels(args) : registry) {
      const { state, sentence } = await verifyModel(entry, modelDir)
      // Unasked, a model that nobody has fetched is nothing to report.
      if (state === 'missing' && args.length === 0) continue
      terminal.print(sentence)
      if (state === 'damaged' || state === 'missing') code = 1
    }
    return code
  }
}
