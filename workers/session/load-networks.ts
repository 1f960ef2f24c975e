import type { InferenceSession } from 'onnxruntime-node'
import { messageOf } from '../outcome.ts'
import type { Device, Role, WorkerSettings } from '../protocol.ts'
import { createSession, type Session } from './create-session.ts'
import { createMappedNetworks } from './mapped-networks.ts'

/** Both sessions, and what they run on at the moment. */
export interface Networks {
  device (): Device
  session (role: Role): Session
  /** Networks from a mapped copy, which has been tried when it was made. */
  mapped (): Role[]
  /** Networks that would be mapped if there was a copy. */
  unmapped (): Role[]
  /** Moves networks to copies that were not there before, and notes that the others are in use; not while one runs. @returns how many have moved */
  remap (): Promise<number>
  /**
   * Runs a network. When that fails on an accelerator, both networks move to the processor for good, `onLeaveDevice`
   * is told in a sentence, and the run is repeated once.
   * @param hasIdleCore another core has nothing to do: a network from a mapped copy then runs on two
   */
  run (role: Role, feeds: InferenceSession.FeedsType, hasIdleCore?: boolean): Promise<InferenceSession.OnnxValueMapType>
}

export interface NetworksOptions {
  settings: Pick<WorkerSettings, 'detector' | 'pose' | 'device' | 'intraOpThreads' | 'mapped'>
  onLeaveDevice: (warning: string, device: Device) => void
  /** createSession, unless a test stands in for the runtime. */
  open?: typeof createSession
}

/** from: where the session comes from; model: the file as it is, although a copy would be worth having. */
interface Network { session: Session, from: 'copy' | 'model' | 'model only' }

const CPU: Device = { name: 'cpu', index: 0 }
/** Threads of a run that has an idle core: the own one and that. */
const WIDE_THREADS = 2
const ROLES: readonly Role[] = ['detector', 'pose']

/**
 * Loads both networks on the configured device, or on the processor when that device cannot be had.
 * @returns the networks, and a warning for each thing that is not as configured
 * @throws Error when the processor cannot run them either
 */
export async function loadNetworks ({ settings, onLeaveDevice, open = createSession }: NetworksOptions): Promise<{ networks: Networks, warnings: string[] }> {
  const copies = createMappedNetworks(settings.mapped)

  async function loadOne (role: Role, device: Device): Promise<Network> {
    const { path, sha256 } = settings[role]
    const wanted = await copies.wants(path, device)
    const session = wanted ? await copies.open(sha256, role, settings.intraOpThreads) : null
    if (session !== null) return { session, from: 'copy' }
    return { session: await open(path, role, device, settings.intraOpThreads), from: wanted ? 'model' : 'model only' }
  }

  async function load (device: Device): Promise<Record<Role, Network>> {
    return { detector: await loadOne('detector', device), pose: await loadOne('pose', device) }
  }

  const warnings: string[] = []
  let device = settings.device
  let loaded: Record<Role, Network>
  try {
    loaded = await load(device)
  } catch (error) {
    if (device.name === 'cpu') throw error
    loaded = await load(CPU)
    warnings.push(`The device ${nameOf(device)} cannot be had (${shorten(messageOf(error))}); the networks run on cpu.`)
    device = CPU
  }
  /** Sessions with two threads, opened when first wanted. Of a mapped copy, since another copy of the weights would cost too much. */
  const wide: Partial<Record<Role, Session>> = {}

  async function wideSession (role: Role): Promise<Session> {
    const { session, from } = loaded[role]
    if (from !== 'copy' || settings.intraOpThreads >= WIDE_THREADS) return session
    wide[role] ??= await copies.open(settings[role].sha256, role, WIDE_THREADS, true) ?? session
    return wide[role]
  }

  const networks: Networks = {
    device: () => device,
    session: (role) => loaded[role].session,
    mapped: () => ROLES.filter((role) => loaded[role].from === 'copy'),
    unmapped: () => ROLES.filter((role) => loaded[role].from === 'model'),
    async remap () {
      for (const role of networks.mapped()) await copies.noteUse(settings[role].sha256)
      let count = 0
      for (const role of networks.unmapped()) {
        const session = await copies.open(settings[role].sha256, role, settings.intraOpThreads)
        if (session === null) continue
        const before = loaded[role].session
        loaded[role] = { session, from: 'copy' }
        await before.release()
        count++
      }
      return count
    },
    async run (role, feeds, hasIdleCore = false) {
      try {
        return await (hasIdleCore ? await wideSession(role) : loaded[role].session).run(feeds)
      } catch (error) {
        if (device.name === 'cpu') throw error
        const failed = device
        loaded = await load(CPU)
        device = CPU
        onLeaveDevice(`The device ${nameOf(failed)} failed while running (${shorten(messageOf(error))}); the networks run on cpu from now on.`, CPU)
        return await loaded[role].session.run(feeds)
      }
    }
  }
  return { networks, warnings }
}

function nameOf ({ name, index }: Device): string {
  return name === 'cuda' ? `cuda:${index}` : name
}

function shorten (message: string): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 200)
}
