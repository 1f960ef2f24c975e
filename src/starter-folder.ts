import { packagePath } from './package-path.ts'

/** Folder of the starter models, which the repository, the package and the image hold. */
export function starterFolder (): string {
  return packagePath('models/starter/')
}
