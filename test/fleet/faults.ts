import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exhaustWorkerHeap } from './exhaust-worker-heap.ts'
import type { Fleet } from './start-fleet.ts'

export interface Fault {
  name: string
  /** It ends something that a task may be in. */
  isKill: boolean
  /** Does it and undoes it. */
  strike (fleet: Fleet, random: () => number): Promise<Struck>
}

export interface Struck {
  /** Until what was ended served again, by itself or by whoever starts it again at once. */
  backMs?: number
  /** What else is to be said. */
  note?: string
}

export interface FaultPlaces {
  /** Which time the replicas take it to be: their libfaketime reads it. null: there is none. */
  clockFile: string | null
  /** A small disk that holds the model folders of the replicas. null: there is none. */
  smallDisk: string | null
}

const hour = 3600
/** How long a fault lasts that does not end by itself. */
const lastsMs = 4000

/** Everything that may befall a fleet; what its places do not allow is left out. */
export function listFaults ({ clockFile, smallDisk }: FaultPlaces): Fault[] {
  const choose = ({ replicas }: Fleet, random: () => number) => replicas[Math.floor(random() * replicas.length)]!

  const faults: Fault[] = [
    { name: 'replica killed', isKill: true, strike: (fleet, random) => killAndStart(choose(fleet, random)) },
    {
      name: 'worker\'s heap exhausted',
      isKill: true,
      async strike (fleet, random) {
        const replica = choose(fleet, random)
        const { backMs, tookProcess } = await exhaustWorkerHeap(replica, async () => {
          const { text } = await fleet.client.toReplica(`${replica.url}/health`)
          return (JSON.parse(text) as { workers: { ready: number } }).workers.ready
        })
        return { backMs, ...(tookProcess && { note: 'its process ended with it' }) }
      }
    },
    {
      name: 'rolling restart',
      isKill: false,
      async strike ({ replicas }) {
        for (const replica of replicas) {
          const code = await replica.stop()
          if (code !== 0) throw new Error(`a replica ended with ${code} after SIGTERM`)
          await replica.start()
        }
        return {}
      }
    },
    {
      name: 'Redis gone',
      isKill: false,
      async strike ({ redis }, random) {
        await redis.stop('SIGKILL')
        await sleep(lastsMs * random())
        await redis.start()
        return {}
      }
    },
    {
      name: 'Label Studio gone',
      isKill: false,
      async strike ({ studio }, random) {
        await studio.close()
        await sleep(lastsMs * random())
        await studio.open()
        return {}
      }
    },
    {
      name: 'Label Studio slow',
      isKill: false,
      async strike ({ studio }) {
        studio.interfere = async () => { await sleep(2000); return null }
        await sleep(2 * lastsMs)
        studio.interfere = null
        return {}
      }
    }
  ]
  for (const [name, seconds] of [['clock an hour ahead', hour], ['clock an hour behind', -hour]] as const) {
    if (clockFile === null) break
    faults.push({
      name,
      isKill: false,
      async strike () {
        await setClock(clockFile, seconds)
        await sleep(lastsMs)
        await setClock(clockFile, 0)
        return {}
      }
    })
  }
  if (smallDisk !== null) {
    faults.push({
      name: 'disk of the models full, replica killed',
      isKill: true,
      async strike (fleet, random) {
        const filling = join(smallDisk, 'filling')
        await fillDisk(filling)
        return await killAndStart(choose(fleet, random)).finally(() => rm(filling))
      }
    })
  }
  return faults
}

async function killAndStart (replica: Fleet['replicas'][number]): Promise<Struck> {
  await replica.kill()
  const killed = performance.now()
  await replica.start()
  return { backMs: performance.now() - killed }
}

/** @param seconds from the true time on */
export async function setClock (file: string, seconds: number): Promise<void> {
  await writeFile(file, `${seconds < 0 ? '-' : '+'}${Math.abs(seconds)}s`)
}

/** Writes to a file until nothing more fits. */
export async function fillDisk (file: string): Promise<void> {
  for (const size of [65_536, 1024, 1]) {
    while (await appendFile(file, Buffer.alloc(size)).then(() => true, () => false));
  }
}
