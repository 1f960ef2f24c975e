import { readFileSync } from 'node:fs'

/** package.json lies beside src/ in the sources and one folder higher in the build. */
const packageFile = ['../package.json', '../../package.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => { try { return readFileSync(url) } catch { return false } })

/** Version of this package. */
export const version: string = packageFile ? JSON.parse(readFileSync(packageFile, 'utf8')).version : '0.0.0'
