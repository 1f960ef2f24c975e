import type { EngineLog } from '../inference/create-pose-engine.ts'
import type { Traces } from './traces.ts'

/** The same log; lines that are written inside a span say to which trace they belong. */
export function traceLog (log: EngineLog, traces: Traces): EngineLog {
  if (!traces.isOn) return log
  const withTrace = (fields: object) => {
    const trace = traces.traceId()
    return trace === null ? fields : { ...fields, trace }
  }
  return {
    info (fields, message) { log.info(withTrace(fields), message) },
    warn (fields, message) { log.warn(withTrace(fields), message) },
    error (fields, message) { log.error(withTrace(fields), message) }
  }
}
