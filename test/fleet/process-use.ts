import { readdir, readFile, readlink } from 'node:fs/promises'

/** What one process holds. */
export interface ProcessUse {
  /** Resident memory, of the process alone. */
  rssMiB: number
  threads: number
  /** Open files of all kinds, sockets among them. */
  handles: number
  sockets: number
}

/** @param pid of a process on this machine; Linux only */
export async function processUse (pid: number): Promise<ProcessUse> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? NaN)
  const targets = await Promise.all((await readdir(`/proc/${pid}/fd`)).map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => null)))
  const open = targets.filter((target) => target !== null)
  return { rssMiB: read('VmRSS') / 1024, threads: read('Threads'), handles: open.length, sockets: open.filter((target) => target.startsWith('socket:')).length }
}
