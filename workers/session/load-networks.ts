import type { InferenceSession } from 'onnxruntime-node'
import { messageOf } from '../outcome.ts'
import type { Device, WorkerSettings } from '../protocol.ts'
import { createSession, type Role, type Session } from './create-session.ts'

/** Both sessions, and what they run on at the moment. */
export interface Networks {
  device (): Device
  session (role: Role): Session
  /**
   * Runs a network. When that fails on an accelerator, both networks move to the processor for good, `onLeaveDevice`
   * is told in a sentence, and the run is repeated once.
   */
  run (role: Role, feeds: InferenceSession.FeedsType): Promise<InferenceSession.OnnxValueMapType>
}

export interface NetworksOptions {
  settings: Pick<WorkerSettings, 'detector' | 'pose' | 'device' | 'intraOpThreads'>
  onLeaveDevice: (warning: string, device: Device) => void
  /** createSession, unless a test stands in for the runtime. */
  open?: typeof createSession
}

const CPU: Device = { name: 'cpu', index: 0 }

/**
 * Loads both networks on the configured device, or on the processor when that device cannot be had.
 * @returns the networks, and a warning for each thing that is not as configured
 * @throws Error when the processor cannot run them either
 */
export async function loadNetworks ({ settings, onLeaveDevice, open = createSession }: NetworksOptions): Promise<{ networks: Networks, warnings: string[] }> {
  const load = async (device: Device): Promise<Record<Role, Session>> => ({
    detector: await open(settings.detector.path, 'detector', device, settings.intraOpThreads),
    pose: await open(settings.pose.path, 'pose', device, settings.intraOpThreads)
  })
  const warnings: string[] = []
  let device = settings.device
  let sessions: Record<Role, Session>
  try {
    sessions = await load(device)
  } catch (error) {
    if (device.name === 'cpu') throw error
    sessions = await load(CPU)
    warnings.push(`The device ${nameOf(device)} cannot be had (${shorten(messageOf(error))}); the networks run on cpu.`)
    device = CPU
  }
  const networks: Networks = {
    device: () => device,
    session: (role) => sessions[role],
    async run (role, feeds) {
      try {
        return await sessions[role].run(feeds)
      } catch (error) {
        if (device.name === 'cpu') throw error
        const failed = device
        sessions = await load(CPU)
        device = CPU
        onLeaveDevice(`The device ${nameOf(failed)} failed while running (${shorten(messageOf(error))}); the networks run on cpu from now on.`, CPU)
        return await sessions[role].run(feeds)
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
