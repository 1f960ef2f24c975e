import { readFileSync, readdirSync } from 'node:fs'

/** Processor time of all threads of a process, in ms; finer than the ticks of its own line. Linux only. */
export function processorMs (pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]) / 1e6
    } catch {
      // It has just ended.
      return sum
    }
  }, 0)
}

export interface MemoryUse {
  /** What no other process has and the system cannot take back. */
  anonymous: number
  /** Mapped files: the networks' copies, libraries. */
  mapped: number
}

/** Resident memory of one process in MiB. */
export function memoryMiB (pid: number): MemoryUse {
  const text = readFileSync(`/proc/${pid}/status`, 'latin1')
  // A process that has ended and is not yet forgotten has none.
  const read = (name: string) => Math.round(Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 102.4) / 10
  return { anonymous: read('RssAnon'), mapped: read('RssFile') }
}

/** Looks every 20 ms at a process and its children together; MiB. */
export function watchMemory (pid: number): { stop: () => Promise<{ anonymous: number, resident: number }> } {
  const peak = { anonymous: 0, resident: 0 }
  const look = () => {
    let [anonymous, resident] = [0, 0]
    for (const one of [pid, ...childrenOf(pid)]) {
      try {
        const use = memoryMiB(one)
        anonymous += use.anonymous
        resident += use.anonymous + use.mapped
      } catch {
        // It has just ended.
      }
    }
    peak.anonymous = Math.max(peak.anonymous, anonymous)
    peak.resident = Math.max(peak.resident, resident)
  }
  const timer = setInterval(look, 20)
  return {
    async stop () {
      look()
      clearInterval(timer)
      return peak
    }
  }
}

function childrenOf (pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ').filter((text) => text !== '').map(Number)
  } catch {
    return []
  }
}
