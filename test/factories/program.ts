import { extname, join } from 'node:path'

/** Arguments of node for a program of this project: as the tests were put together, or from the source where a test file runs alone. */
export function program (name: 'src/server' | 'src/cli'): string[] {
  const ending = extname(import.meta.filename)
  const file = join(import.meta.dirname, '..', '..', name + ending)
  return ending === '.ts' ? ['--import', 'tsx', file] : ['--enable-source-maps', file]
}
