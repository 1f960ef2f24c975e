import type { SupplyHooks } from '../model-store/create-model-supply.ts'
import type { Terminal } from './command.ts'

/** What the parts of the service log, as notes for a person: the sentence, and the reason where one stands beside it. */
export function createTerminalLog (terminal: Terminal): SupplyHooks['log'] {
  const say = (first: unknown, message?: unknown): void => {
    const { reason, warning } = (typeof first === 'object' ? first : null) as { reason?: string, warning?: string } ?? {}
    const detail = reason ?? warning
    terminal.note(`${typeof first === 'string' ? first : String(message)}${detail === undefined ? '' : `: ${detail}`}`)
  }
  return { info: say, warn: say, error: say }
}
