import { readFileSync } from 'node:fs'
import { labelConfigPreset } from '../src/label-studio/label-config-preset.ts'
import type { Contestant, Round } from './contestant.ts'
import { processorMs } from './process-use.ts'
import type { RunningService } from './start-service.ts'

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

/** Proportional share of memory: what is shared with other processes counts by its share. */
export function pssMiB (pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? NaN) / 1024
}
