import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface CgroupFiles {
  /** Where the groups are mounted. */
  mount: string
  /** Tells the group of this process. */
  self: string
}

const system: CgroupFiles = { mount: '/sys/fs/cgroup', self: '/proc/self/cgroup' }

/**
 * A file of the control group of this process and of each around it, its own first; without those that are not there: all of them
 * on other systems than Linux. A container sees its own group as the outermost one.
 * @param controller of cgroup v1, which has a tree for each; without: cgroup v2
 */
export function readCgroup (name: string, { mount, self }: CgroupFiles = system, controller?: 'memory' | 'cpu'): string[] {
  const line = controller === undefined ? /^0::(\/.*)$/m : new RegExp(`^\\d+:(?:[^:\\n]+,)?${controller}(?:,[^:\\n]+)?:(/.*)$`, 'm')
  const path = line.exec(read(self) ?? '')?.[1]
  if (path === undefined) return []
  const tree = controller === undefined ? mount : join(mount, controller)
  const parts = path.split('/').filter((part) => part !== '' && part !== '..')
  return parts.concat('').map((_, index) => read(join(tree, ...parts.slice(0, parts.length - index), name))).filter((text) => text !== null)
}

function read (file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return null
  }
}
