import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'

const run = promisify(execFile)

/**
 * A disk of that size in memory, removed at the end of the test.
 * @returns its folder; null where the user may not mount anything
 */
export async function mountSmallDisk (t: Pick<Test, 'teardown'>, kilobytes: number): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-test-'))
  const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder]).then(() => true, () => false)
  t.teardown(async () => {
    if (mounted) await run('umount', [folder])
    await rm(folder, { recursive: true, force: true })
  })
  return mounted ? folder : null
}
