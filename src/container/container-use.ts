import { readCgroup, type CgroupFiles } from './read-cgroup.ts'

export interface ContainerUse {
  /** Memory of all processes of the container, page cache included; null: cannot be read. */
  usedMemoryBytes: number | null
  /** How long it was held back by its limit of cores. */
  throttledSeconds: number | null
}

/** What the container, or the systemd unit, uses (cgroup v2, or v1). */
export function readContainerUse (files?: CgroupFiles): ContainerUse {
  const memory = readCgroup('memory.current', files)[0] ?? readCgroup('memory.usage_in_bytes', files, 'memory')[0]
  const throttledUs = /^throttled_usec (\d+)$/m.exec(readCgroup('cpu.stat', files)[0] ?? '')?.[1]
  const throttledNs = /^throttled_time (\d+)$/m.exec(readCgroup('cpu.stat', files, 'cpu')[0] ?? '')?.[1]
  return {
    usedMemoryBytes: memory === undefined ? null : Number(memory),
    throttledSeconds: throttledUs !== undefined ? Number(throttledUs) / 1e6 : throttledNs === undefined ? null : Number(throttledNs) / 1e9
  }
}
