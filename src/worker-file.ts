import { extname, join } from 'node:path'

/**
 * Path of the program of a thread or of a process beside this one. It lies in workers/, beside src/, in the sources as well as in dist/; the build keeps this
 * file's code directly in dist/src/, in whatever bundle it ends up (scripts/build.ts).
 * @param name without extension, e.g. index for workers/index
 */
export function workerFile (name: 'index' | 'parse-json' | 'write-mapped-copies'): string {
  return join(import.meta.dirname, '..', 'workers', `${name}${extname(import.meta.filename)}`)
}
