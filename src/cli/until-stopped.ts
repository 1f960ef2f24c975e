import { ExportFault } from '../exports/export-fault.ts'
import { EXIT_INTERRUPTED, type Terminal } from './command.ts'

/**
 * Runs work that takes minutes and can be stopped by Ctrl-C or SIGTERM. Its progress line is taken away at the end, and
 * an ExportFault, also that of stopping, becomes its sentence.
 * @param work gives the exit code; it may end by itself after a stop
 * @param sentence what is said when it does not
 * @returns the exit code, 1 after a fault, EXIT_INTERRUPTED after a stop
 * @throws what else the work throws
 */
export async function untilStopped (terminal: Terminal, work: (signal: AbortSignal) => Promise<number>, sentence = 'Stopped. Nothing was written.'): Promise<number> {
  const stop = new AbortController()
  const onSignal = () => {
    stop.abort(new ExportFault(sentence))
    // Not "once", which is over before the other listeners are asked: that of proper-lockfile would find itself alone, and end the process.
    setImmediate(release)
  }
  const release = () => {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    return await work(stop.signal)
  } catch (error) {
    terminal.progress('')
    const shown = stop.signal.aborted ? stop.signal.reason as unknown : error
    if (!(shown instanceof ExportFault)) throw shown
    terminal.note(shown.message)
    return stop.signal.aborted ? EXIT_INTERRUPTED : 1
  } finally {
    release()
  }
}
