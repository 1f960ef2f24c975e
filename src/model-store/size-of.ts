import { stat } from 'node:fs/promises'

/** Size of a file in bytes, 0 where there is none. */
export async function sizeOf (path: string): Promise<number> {
  return await stat(path).then(({ size }) => size, () => 0)
}
