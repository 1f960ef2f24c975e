import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'undici'
import type { Service } from '../factories/service-process.ts'

/** Of a service whose worker is to run out of memory: a heap that is full within a second, and an inspector that two services do not fight over. */
export const smallHeap = { NODE_OPTIONS: '--max-old-space-size=200 --inspect-port=0' }

interface Message { method?: string, params?: { sessionId: string, workerInfo?: { url: string } } }

/**
 * Fills the heap of one worker thread until V8 ends it. What does it comes from outside, by Node's own inspector, as with a service in
 * production: it is switched on by SIGUSR1 and reached on 127.0.0.1. Needs `smallHeap`.
 *
 * Where onnxruntime works for the thread at that moment, its native code ends the whole process. Then it is started again at once, as a
 * container is.
 * @param ready how many workers the service says are ready
 */
export async function exhaustWorkerHeap (service: Service, ready: () => Promise<number>): Promise<{ backMs: number, tookProcess: boolean }> {
  const wanted = await ready()
  const readyNow = () => ready().catch(() => 0)
  const socket = await openInspector(service)
  try {
    const session = await firstWorker(socket)
    const expression = 'globalThis.hog = []; for (;;) globalThis.hog.push(new Array(1000).fill(globalThis.hog.length))'
    send(socket, 'NodeWorker.sendMessageToWorker', { sessionId: session, message: JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }) })
    await until(async () => !service.isRunning || await readyNow() < wanted, 'the worker did not end')
    const ended = performance.now()
    // A process that aborts is reported later than its last connection: by a moment, or by seconds where the machine has other work.
    let tookProcess = false
    await until(async () => {
      if (!service.isRunning) {
        tookProcess = true
        await service.start()
      }
      return await readyNow() === wanted
    }, `no other worker came: ${service.log().slice(-2000)}`)
    return { backMs: performance.now() - ended, tookProcess }
  } finally {
    socket.close()
  }
}

async function openInspector (service: Service): Promise<WebSocket> {
  const find = (from = 0): string | null => [...service.log().slice(from).matchAll(/Debugger listening on (ws:\S+)/g)].at(-1)?.[1] ?? null
  const known = find()
  const from = service.log().length
  process.kill(service.pid, 'SIGUSR1')
  // It says its address once; who has asked before finds it as it was, unless the process is another one.
  for (let tries = 0; tries < 100; tries++) {
    const address = find(from) ?? (tries >= 10 ? known : null)
    const socket = address === null ? null : await connect(address)
    if (socket !== null) return socket
    await sleep(100)
  }
  throw new Error('the inspector did not open')
}

async function connect (address: string): Promise<WebSocket | null> {
  const socket = new WebSocket(address)
  return await new Promise((resolve) => {
    socket.addEventListener('open', () => { resolve(socket) })
    socket.addEventListener('error', () => { resolve(null) })
  })
}

async function firstWorker (socket: WebSocket): Promise<string> {
  const found = new Promise<string>((resolve) => {
    socket.addEventListener('message', ({ data }) => {
      const { method, params } = JSON.parse(String(data)) as Message
      if (method === 'NodeWorker.attachedToWorker') resolve(params!.sessionId)
    })
  })
  send(socket, 'NodeWorker.enable', { waitForDebuggerOnStart: false })
  return await found
}

let lastId = 0

function send (socket: WebSocket, method: string, params: object): void {
  socket.send(JSON.stringify({ id: ++lastId, method, params }))
}

async function until (isSo: () => Promise<boolean>, complaint: string): Promise<void> {
  for (const end = performance.now() + 60_000; !await isSo(); await sleep(50)) {
    if (performance.now() > end) throw new Error(complaint)
  }
}
