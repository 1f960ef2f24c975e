import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { packagePath } from '../../src/package-path.ts'
import { toPageFile, type PageFile } from './page-file.ts'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
  '.jpg': 'image/jpeg'
}

const folder = packagePath('plugins/playground/page/')

/**
 * Every file of the page by its path, with `/` between the steps. They are read once: what is not among them is not served.
 * @throws Error of the file system, or when a file of an unknown kind lies there
 */
export function readPageFiles (): Map<string, PageFile> {
  if (!existsSync(join(folder, 'index.html'))) throw new Error('the folder of the playground is missing: build again (npm run build)')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(files.map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const type = types[extname(path)]
    if (type === undefined) throw new Error(`${path} is of no kind that the playground serves`)
    return [path.slice(folder.length).split(sep).join('/'), toPageFile(type, readFileSync(path))]
  }))
}
