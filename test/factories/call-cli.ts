import { createTerminal } from '../../src/cli/create-terminal.ts'
import { runCli } from '../../src/cli/run-cli.ts'

export interface Called { code: number, out: string, err: string }

/** The command line in this process. @param columns of the terminal that shows progress; 0: nobody watches */
export async function callCli (args: readonly string[], columns = 0): Promise<Called> {
  const written = { out: '', err: '' }
  const to = (name: 'out' | 'err') => (text: string | Uint8Array) => { written[name] += String(text); return true }
  const code = await runCli(args, createTerminal({ write: to('out') }, { write: to('err'), isTTY: columns > 0, columns }))
  return { code, ...written }
}
