/**
 * A process of its own that writes the mapped copies of the networks and ends: what optimising takes in memory goes back to the
 * system with it. Its argument is a MappedCopiesOrder in JSON; its last words on stderr say why it failed.
 */
import { mkdir } from 'node:fs/promises'
import { messageOf } from './outcome.ts'
import type { MappedCopiesOrder } from './protocol.ts'
import { tidyMappedCopies } from './session/mapped-copy.ts'
import { writeMappedCopy } from './session/write-mapped-copy.ts'

writeAll(JSON.parse(process.argv[2] ?? '') as MappedCopiesOrder).catch((error: unknown) => {
  process.stderr.write(messageOf(error))
  process.exitCode = 1
})

async function writeAll ({ dir, models, intraOpThreads }: MappedCopiesOrder): Promise<void> {
  await mkdir(dir, { recursive: true })
  await tidyMappedCopies(dir)
  for (const model of models) await writeMappedCopy(dir, model, intraOpThreads)
}
