import { InferenceSession } from 'onnxruntime-node'
import type { Device } from '../protocol.ts'

export type Role = 'detector' | 'pose'

/** What the service uses of a session; tests put others in its place. */
export type Session = Pick<InferenceSession, 'run' | 'release' | 'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata'>

/**
 * Loads a network. The only place that creates sessions.
 * @throws Error of the runtime: the file is no network, or the device cannot be had
 */
export async function createSession (path: string, role: Role, device: Device, intraOpThreads: number): Promise<Session> {
  return await InferenceSession.create(path, {
    executionProviders: executionProviders(device),
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    // A detector runs once per picture at one size: the arena would only keep memory. Poses come in batches, where it saves time.
    enableCpuMemArena: role === 'pose',
    // Patterns are kept per input shape, and batches have up to eight.
    enableMemPattern: false,
    // Warnings of the runtime's optimiser go straight to stderr and mean nothing to a user.
    logSeverityLevel: 3,
    // Threads that spin while they wait take the processor from the other workers.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } }
  })
}

function executionProviders (device: Device): InferenceSession.ExecutionProviderConfig[] {
  if (device.name === 'cuda') return [{ name: 'cuda', deviceId: device.index }]
  if (device.name === 'mps') return ['coreml']
  return ['cpu']
}
