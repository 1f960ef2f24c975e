import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Contestant } from './contestant.ts'
import type { ModelSet } from './sets.ts'

const run = promisify(execFile)

interface Report { pictures: number, seconds: number, cpu_ms_per_picture: number, ms_per_picture: Record<string, number> }

/** rtmlib in Python over the same folder, measured by the shared test tools. @returns why it cannot take part, or null */
export async function whyNoRtmlib (shared: string, python: string): Promise<string | null> {
  if (!existsSync(benchOf(shared))) return 'the peers of the shared tools are missing'
  return await run(python, ['-c', 'import rtmlib, cv2, onnxruntime']).then(() => null, () => `${python} has no rtmlib: BENCH_PYTHON names a Python that has (tools/peers/README.md)`)
}

/** @param threads per session; 0: onnxruntime's default, which is all cores */
export function createRtmlibContestant (name: string, { detector, detectorSide, pose }: ModelSet, { shared, python, photos, processes, threads }: { shared: string, python: string, photos: string, processes: number, threads: number }): Contestant {
  return {
    name,
    async play (seconds) {
      const order = ['--images', photos, '--det', detector, '--det-size', detectorSide, '--pose', pose, '--procs', processes, '--threads', threads, '--seconds', seconds]
      const { stdout } = await run(python, ['-B', benchOf(shared), ...order.map(String)], { maxBuffer: 1e8 })
      const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as Report
      return { pictures: report.pictures, seconds: report.seconds, cpuMs: report.cpu_ms_per_picture * report.pictures, stages: report.ms_per_picture }
    },
    end: async () => {}
  }
}

function benchOf (shared: string): string {
  return join(shared, 'tools/peers/rtmlib_bench.py')
}
