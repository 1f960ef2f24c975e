import { Worker } from 'node:worker_threads'

/** Asks /health from a thread of its own until stopped: the client must not be what is slow. */
export function probeHealth (url: string): { stop: () => Promise<{ count: number, p50: number, p99: number, max: number }> } {
  const worker = new Worker(`
    const { parentPort, workerData } = require('node:worker_threads')
    const http = require('node:http')
    const agent = new http.Agent({ keepAlive: true })
    const times = []
    let stopped = false
    parentPort.on('message', () => { stopped = true })
    const ask = () => {
      if (stopped) {
        times.sort((a, b) => a - b)
        const at = (q) => times[Math.min(times.length - 1, Math.floor(q * times.length))]
        parentPort.postMessage({ count: times.length, p50: at(0.5), p99: at(0.99), max: at(1) })
        process.exit()
      }
      const started = performance.now()
      http.get(workerData + '/health', { agent }, (response) => {
        response.resume().on('end', () => { times.push(performance.now() - started); setTimeout(ask, 5) })
      })
    }
    ask()`, { eval: true, workerData: url })
  return {
    stop: () => new Promise((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
      worker.postMessage('stop')
    })
  }
}
