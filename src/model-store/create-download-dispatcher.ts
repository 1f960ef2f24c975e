import { EnvHttpProxyAgent, type Dispatcher } from 'undici'
import { DownloadFault } from './download-fault.ts'

const CONNECT_MS = 5000
const SILENCE_MS = 30_000

/**
 * The way out for model files. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are respected, in capitals or not.
 * @throws DownloadFault when one of them is no address
 */
export function createDownloadDispatcher (): Dispatcher {
  const connect = { timeout: CONNECT_MS }
  try {
    return new EnvHttpProxyAgent({
      connect: { ...connect, autoSelectFamily: true },
      proxyTls: connect,
      requestTls: connect,
      connections: 4,
      headersTimeout: SILENCE_MS,
      bodyTimeout: SILENCE_MS
    })
  } catch {
    throw new DownloadFault('HTTP_PROXY or HTTPS_PROXY is no address')
  }
}
