import type { Mode } from '../models/modes.ts'

/** What a picture costs in `/predict`, by `bench/overhead.ts`: the table of modes in the README and docs/models.md shows it. */
export const modeSpeeds: { conditions: string, cpuMs: Partial<Record<Mode, number>> } = {
  conditions: 'one core of an AMD EPYC with AVX2 and without AVX-512, onnxruntime 1.30.0, CPU time of `/predict` from picture file to answer, November 2026. `lightweight` and `balanced` with three people on every picture; `starter` with those it finds on the photos of the test data, on a machine that had other work as well',
  cpuMs: {
    starter: 66,
    lightweight: 463,
    balanced: 1480
  }
}
