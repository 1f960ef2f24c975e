import type { EngineLog } from '../inference/create-pose-engine.ts'
import { noTraces } from './no-traces.ts'
import type { Traces } from './traces.ts'

/** @param endpoint address of an OTLP collector; null: nobody collects traces, and nothing of OpenTelemetry is loaded */
export async function openTraces (endpoint: string | null, log: EngineLog): Promise<Traces> {
  if (endpoint === null) return noTraces
  const { collectTraces } = await import('./collect-traces.ts')
  return collectTraces({ endpoint, log })
}
