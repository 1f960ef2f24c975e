import { readCgroup, type CgroupFiles } from './read-cgroup.ts'

export interface ContainerUse {
  /**
   * Memory of all processes of the container, without the page cache that has not been used for a while: files that were read or mapped
   * fill a container to its limit, and the kernel takes them back before it ends a process. As the kubelet's working set; null: cannot be read.
   */
  usedMemoryBytes: number | null
  /** How long it was held back by its limit of cores. */
  throttledSeconds: number | null
}

/** What the container, or the systemd unit, uses (cgroup v2, or v1). */
export function readContainerUse (files?: CgroupFiles): ContainerUse {
  const memory = readCgroup('memory.current', files)[0] ?? readCgroup('memory.usage_in_bytes', files, 'memory')[0]
  const takenBack = /^inactive_file (\d+)$/m.exec(readCgroup('memory.stat', files)[0] ?? '')?.[1] ??
    /^total_inactive_file (\d+)$/m.exec(readCgroup('memory.stat', files, 'memory')[0] ?? '')?.[1] ?? 0
  const throttledUs = /^throttled_usec (\d+)$/m.exec(readCgroup('cpu.stat', files)[0] ?? '')?.[1]
  const throttledNs = /^throttled_time (\d+)$/m.exec(readCgroup('cpu.stat', files, 'cpu')[0] ?? '')?.[1]
  return {
    usedMemoryBytes: memory === undefined ? null : Math.max(0, Number(memory) - Number(takenBack)),
    throttledSeconds: throttledUs !== undefined ? Number(throttledUs) / 1e6 : throttledNs === undefined ? null : Number(throttledNs) / 1e9
  }
}
