import { readCgroup, type CgroupFiles } from './read-cgroup.ts'

export interface ContainerLimits {
  /** null: no limit, or none that can be read. */
  memoryBytes: number | null
  /** Cores, also parts of one; null as above. */
  cpus: number | null
}

/** Version 1 has no word for "no limit", but the largest number of its counter. */
const noLimitBytes = 2 ** 62

/**
 * What the container, or the systemd unit, may use (cgroup v2, or v1): the least of its own limit and those around it.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html
 */
export function readContainerLimits (files?: CgroupFiles): ContainerLimits {
  const memory = [...readCgroup('memory.max', files), ...readCgroup('memory.limit_in_bytes', files, 'memory')].map(Number).filter((bytes) => bytes > 0 && bytes < noLimitBytes)
  const periods = readCgroup('cpu.cfs_period_us', files, 'cpu')
  const quotas = readCgroup('cpu.cfs_quota_us', files, 'cpu').map((quota, index) => `${quota} ${periods[index]}`)
  const cpus = [...readCgroup('cpu.max', files), ...quotas].map((text) => {
    const [quota, period] = text.split(' ').map(Number)
    return quota! / period!
  }).filter((share) => Number.isFinite(share) && share > 0)
  return {
    memoryBytes: memory.length === 0 ? null : Math.min(...memory),
    cpus: cpus.length === 0 ? null : Math.min(...cpus)
  }
}
