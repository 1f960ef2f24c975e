import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the shared test data (SHARED_DIR, else `../shared` beside the project), or null: tests skip what needs it. */
export function sharedDir (): string | null {
  const project = fileURLToPath(new URL('../../', import.meta.url))
  const dir = resolve(project, process.env['SHARED_DIR'] ?? '../shared')
  return existsSync(resolve(dir, 'testdata', 'manifest.json')) ? dir : null
}
