import type { Command } from './command.ts'

/** Every subcommand by its words. Each is loaded only when it is called, so that a new one costs the others nothing. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  setup: async () => (await import('./setup.ts')).setup,
  check: async () => (await import('./check.ts')).check,
  annotate: async () => (await import('./annotate.ts')).annotate,
  'models list': async () => (await import('./models-list.ts')).modelsList,
  'models pull': async () => (await import('./models-pull.ts')).modelsPull,
  'models verify': async () => (await import('./models-verify.ts')).modelsVerify,
  'models quantize': async () => (await import('./models-quantize.ts')).modelsQuantize,
  predict: async () => (await import('./predict.ts')).predict,
  export: async () => (await import('./export.ts')).exportCommand,
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand,
  sizing: async () => (await import('./sizing.ts')).sizing
}
