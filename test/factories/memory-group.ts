import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface MemoryGroup {
  /** Puts what follows into the group: a program and its arguments, for spawn. */
  command: readonly [string, ...string[]]
  /** Processes that the kernel has ended because the group was full. */
  oomKills (): number
  /** Most memory so far, in MiB, page cache included. */
  peakMiB (): number
}

/**
 * A control group of our own inside that of this process (cgroup v1), with a limit that the kernel enforces.
 * @returns why it cannot be had, in words: another system, cgroup v2 (whose groups hold either groups or processes), not root
 */
export function createMemoryGroup (t: Pick<Test, 'teardown'>, mebibytes: number): MemoryGroup | string {
  const own = existsSync('/proc/self/cgroup') ? /^\d+:memory:(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] : undefined
  if (own === undefined) return 'needs the memory controller of cgroup v1'
  const folder = join('/sys/fs/cgroup/memory', own, `rtmpose-test-${process.pid}-${mebibytes}`)
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, 'memory.limit_in_bytes'), String(mebibytes * 2 ** 20))
  } catch (error) {
    return `needs to make a control group (${(error as Error).message})`
  }
  // Its processes have ended by then; one that is just ending is waited for.
  t.teardown(async () => {
    for (let tries = 0; existsSync(folder); tries++) {
      try {
        rmdirSync(folder)
      } catch (error) {
        if (tries === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  })
  const read = (name: string) => readFileSync(join(folder, name), 'utf8')
  return {
    command: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(folder, 'cgroup.procs')],
    oomKills: () => Number(/^oom_kill (\d+)$/m.exec(read('memory.oom_control'))?.[1] ?? NaN),
    peakMiB: () => Number(read('memory.max_usage_in_bytes')) / 2 ** 20
  }
}
