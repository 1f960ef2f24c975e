import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { DownloadFault } from './download-fault.ts'

export interface Answer {
  statusCode: number
  headers: IncomingHttpHeaders
  /** All bytes that came, also those that came right before the line broke; then throws. For one reader. */
  body: AsyncGenerator<Buffer, void>
  /** Ends the exchange. */
  cancel (): void
}

/** Bytes that wait for the reader before the socket has to wait. */
const MOST_WAITING = 1024 * 1024

/**
 * Sends a GET. undici's own body drops what it holds when the line breaks, and with it the end of every unfinished
 * download; here it is handed out first.
 * @param connectMs for name, connection, proxy and TLS together: undici bounds none but the connection, and asks a proxy
 *   that hangs up again and again
 * @throws what undici throws before the answer begins; DownloadFault when there is no connection in time; the reason of
 *   `signal`
 */
export function openAnswer (dispatcher: Dispatcher, url: URL, headers: Record<string, string>, signal: AbortSignal, connectMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const waiting: Buffer[] = []
    let bytes = 0
    let ending: { error: Error | null } | null = null
    let wake = () => {}
    let control: Dispatcher.DispatchController | null = null
    let givenUp: Error | null = null
    const connecting = setTimeout(() => { giveUp(new DownloadFault('the connection could not be made in time', { unreachable: true })) }, connectMs)
    const abort = () => { giveUp(toError(signal.reason)) }

    function giveUp (error: Error): void {
      givenUp = error
      // Without a connection there is nothing to abort yet.
      control?.abort(error)
      end(error)
      reject(error)
    }

    function end (error: Error | null): void {
      clearTimeout(connecting)
      signal.removeEventListener('abort', abort)
      ending ??= { error }
      wake()
    }

    async function * read (): AsyncGenerator<Buffer, void> {
      while (true) {
        const piece = waiting.shift()
        if (piece !== undefined) {
          bytes -= piece.length
          if (control?.paused && bytes < MOST_WAITING / 2) control.resume()
          yield piece
        } else if (ending === null) {
          await new Promise<void>((resolve) => { wake = resolve })
        } else if (ending.error === null) {
          return
        } else {
          throw ending.error
        }
      }
    }

    if (signal.aborted) {
      abort()
      return
    }
    signal.addEventListener('abort', abort, { once: true })
    dispatcher.dispatch({ origin: url.origin, path: url.pathname + url.search, method: 'GET', headers }, {
      onRequestStart (controller) {
        clearTimeout(connecting)
        control = controller
        if (givenUp !== null) controller.abort(givenUp)
      },
      onResponseStart (controller, statusCode, headers) {
        if (statusCode < 200) return
        resolve({ statusCode, headers, body: read(), cancel: () => { controller.abort(new Error('not wanted')) } })
      },
      onResponseData (controller, chunk) {
        waiting.push(chunk)
        bytes += chunk.length
        if (bytes > MOST_WAITING) controller.pause()
        wake()
      },
      onResponseEnd () { end(null) },
      onResponseError (_controller, error) {
        end(error)
        reject(error)
      }
    })
  })
}

function toError (reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
