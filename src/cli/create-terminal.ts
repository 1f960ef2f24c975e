import type { Terminal } from './command.ts'

type Stream = Pick<NodeJS.WriteStream, 'write'> & { isTTY?: boolean, columns?: number, hasColors?: () => boolean }

/** Results go to `out`, everything about their making to `err`, so that a pipe gets results alone. */
export function createTerminal (out: Stream = process.stdout, err: Stream = process.stderr): Terminal {
  const columns = err.isTTY ? err.columns || 80 : 0
  let shown = false

  function progress (line: string): void {
    if (columns === 0) return
    if (shown || line !== '') err.write(`\r\x1b[2K${line.slice(0, columns - 1)}`)
    shown = line !== ''
  }

  return {
    columns,
    // Also minds NO_COLOR.
    hasColours: out.isTTY === true && out.hasColors?.() === true,
    progress,
    print (line) {
      progress('')
      out.write(`${line}\n`)
    },
    note (line) {
      progress('')
      err.write(`${line}\n`)
    }
  }
}
