import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Folder of the starter models, which the repository, the package and the image hold. models/ lies beside src/ in the
 * sources, and beside dist/ everywhere else.
 */
export function starterFolder (): string {
  const folders = ['../models/starter/', '../../models/starter/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(`${folder}starter.json`)) ?? folders[0]!
}
