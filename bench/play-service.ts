import { readFileSync } from 'node:fs'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import type { Contestant, Round } from './contestant.ts'
import type { RunningService } from './start-service.ts'

/** Ticks of /proc/<pid>/stat per second; 100 on every Linux that Node runs on. */
const TICKS = 100

/** Requests of one task each by so many clients; the service's own processor time, so that neither clients nor the picture server count. */
export function createServiceContestant (name: string, service: RunningService, clients: number, addresses: readonly string[]): Contestant {
  const labelConfig = labelConfigPreset('wholebody133')
  let next = 0

  async function predict (): Promise<void> {
    const image = `${addresses[next % addresses.length]!}?n=${next++}`
    const answer = await fetch(`${service.url}/predict`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tasks: [{ id: next, data: { image }, annotations: [], predictions: [] }], project: '1.1700000000', label_config: labelConfig, params: { context: null } })
    })
    const { results } = await answer.json() as { results: Array<{ error?: string }> }
    if (results[0]?.error !== undefined) throw new Error(results[0].error)
  }

  return {
    name,
    async play (seconds): Promise<Round> {
      const answersMs: number[] = []
      const [before, started] = [processorMs(service.pid), performance.now()]
      const end = started + seconds * 1000
      await Promise.all(Array.from({ length: clients }, async () => {
        while (performance.now() < end) {
          const asked = performance.now()
          await predict()
          answersMs.push(performance.now() - asked)
        }
      }))
      return { pictures: answersMs.length, seconds: (performance.now() - started) / 1000, cpuMs: processorMs(service.pid) - before, answersMs }
    },
    end: async () => {}
  }
}

/** User and system time of a process with all its threads. */
function processorMs (pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 1000 / TICKS
}

/** Proportional share of memory: what is shared with other processes counts by its share. */
export function pssMiB (pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? NaN) / 1024
}
