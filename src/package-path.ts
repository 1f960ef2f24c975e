import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Path of what comes with the package. It lies beside src/ in the sources, and beside dist/ in the package and the image; the build keeps
 * this file's code directly in dist/src/, in whatever bundle it ends up (scripts/build.ts).
 * @param name from the root of the package, for example models/starter/
 */
export function packagePath (name: string): string {
  const paths = ['../', '../../'].map((root) => fileURLToPath(new URL(root + name, import.meta.url)))
  return paths.find((path) => existsSync(path)) ?? paths[0]!
}
