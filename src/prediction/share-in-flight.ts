import { createCancelledError } from '../inference/create-cancelled-error.ts'
import { onAbort } from '../inference/on-abort.ts'

export interface ShareInFlight<T> {
  /**
   * Runs `work`, or joins the run that has the same key. Each caller leaves by its own signal (CANCELLED, or the signal's reason when that is a PoseError);
   * the work's signal aborts when the last one has left.
   */
  share (key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
}

interface Flight<T> {
  result: Promise<T>
  controller: AbortController
  callers: number
}

export function createShareInFlight<T> (): ShareInFlight<T> {
  const flights = new Map<string, Flight<T>>()

  function begin (key: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const flight: Flight<T> = { result: work(controller.signal), controller, callers: 0 }
    flights.set(key, flight)
    const end = () => { if (flights.get(key) === flight) flights.delete(key) }
    flight.result.then(end, end)
    return flight
  }

  return {
    share (key, signal, work) {
      if (signal.aborted) return Promise.reject(createCancelledError(signal, 'before it began'))
      const flight = flights.get(key) ?? begin(key, work)
      flight.callers++
      return new Promise<T>((resolve, reject) => {
        const letGo = onAbort(signal, () => {
          reject(createCancelledError(signal, 'while it was computed'))
          if (--flight.callers > 0) return
          // Whoever comes now must not join work that is being called off.
          if (flights.get(key) === flight) flights.delete(key)
          flight.controller.abort()
        })
        flight.result.then(resolve, reject).finally(letGo)
      })
    }
  }
}
