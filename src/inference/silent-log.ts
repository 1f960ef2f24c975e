import type { EngineLog } from './create-pose-engine.ts'

/** For an engine that a command uses for a moment: what goes wrong stands in its status. */
export const silentLog: EngineLog = { info () {}, warn () {}, error () {} }
