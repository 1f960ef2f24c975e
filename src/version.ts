import { readFileSync } from 'node:fs'
import { packagePath } from './package-path.ts'

/** Version of this package. */
export const version: string = (JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }).version
