import { availableParallelism, totalmem } from 'node:os'
import { readContainerLimits, type ContainerLimits } from './container-limits.ts'

/** What the process may use. */
export interface Machine {
  memoryBytes: number
  /** Whole cores; a part of one counts as one. */
  cores: number
  /** Whether the memory is that of the container (or unit), and not of the whole machine. */
  isContainer: boolean
}

/** A container may have less than its host, also parts of a core. */
export function readMachine ({ memoryBytes, cpus }: ContainerLimits = readContainerLimits()): Machine {
  const whole = totalmem()
  return {
    memoryBytes: Math.min(memoryBytes ?? whole, whole),
    cores: Math.max(1, Math.min(availableParallelism(), Math.ceil(cpus ?? Infinity))),
    isContainer: memoryBytes !== null && memoryBytes < whole
  }
}
