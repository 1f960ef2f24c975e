import { readCgroup, type CgroupFiles } from './read-cgroup.ts'

export interface ContainerLimits {
  /** null: no limit, or none that can be read. */
  memoryBytes: number | null
  /** Cores, also parts of one; null as above. */
  cpus: number | null
}

/**
 * What the container, or the systemd unit, may use (cgroup v2): the least of its own limit and those around it.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export function readContainerLimits (files?: CgroupFiles): ContainerLimits {
  const memory = readCgroup('memory.max', files).map(Number).filter((bytes) => Number.isFinite(bytes) && bytes > 0)
  const cpus = readCgroup('cpu.max', files).map((text) => {
    const [quota, period] = text.split(' ').map(Number)
    return quota! / period!
  }).filter((share) => Number.isFinite(share) && share > 0)
  return {
    memoryBytes: memory.length === 0 ? null : Math.min(...memory),
    cpus: cpus.length === 0 ? null : Math.min(...cpus)
  }
}
