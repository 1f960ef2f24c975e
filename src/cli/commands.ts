import type { Command } from './command.ts'

/** Every subcommand by its words. Each is loaded only when it is called, so that a new one costs the others nothing. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  'models list': async () => (await import('./models-list.ts')).modelsList,
  'models quantize': async () => (await import('./models-quantize.ts')).modelsQuantize
}
