import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import type { Device, Role } from '../protocol.ts'
import { GRAPH_FILE } from './mapped-copy.ts'

/** What the service uses of a session; tests put others in its place. */
export type Session = Pick<InferenceSession, 'run' | 'release' | 'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata'>

/**
 * Loads a network. Sessions are created in this file alone.
 * @throws Error of the runtime: the file is no network, or the device cannot be had
 */
export async function createSession (path: string, role: Role, device: Device, intraOpThreads: number): Promise<Session> {
  return await InferenceSession.create(path, { ...commonOptions(role, intraOpThreads), executionProviders: executionProviders(device), graphOptimizationLevel: 'all' })
}

/**
 * Opens a copy that writeOptimised made on such a processor.
 * @param isOccasional it runs now and then, beside another session of the same network
 * @throws Error of the runtime
 */
export async function openMappedCopy (folder: string, role: Role, intraOpThreads: number, isOccasional = false): Promise<Session> {
  return await InferenceSession.create(join(folder, GRAPH_FILE), { ...commonOptions(role, intraOpThreads, isOccasional), executionProviders: ['cpu'], graphOptimizationLevel: 'disabled' })
}

/**
 * Loads a network on the processor and writes its optimised graph to `graphPath`, with the weights in a file beside it.
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/graph-optimizations.html (offline mode)
 */
export async function writeOptimised (path: string, role: Role, intraOpThreads: number, graphPath: string, weightsName: string): Promise<Session> {
  const common = commonOptions(role, intraOpThreads)
  return await InferenceSession.create(path, {
    ...common,
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    optimizedModelFilePath: graphPath,
    extra: {
      ...common.extra,
      'session.optimized_model_external_initializers_file_name': weightsName,
      'session.optimized_model_external_initializers_min_size_in_bytes': '1024'
    }
  })
}

function commonOptions (role: Role, intraOpThreads: number, isOccasional = false): InferenceSession.SessionOptions {
  return {
    executionMode: 'sequential',
    intraOpNumThreads: intraOpThreads,
    interOpNumThreads: 1,
    // The arena keeps the memory of a run for the next one: without it yolox-m takes some 10,000 new pages from the system for each
    // picture, 4 % of its time and more (bench/RESULTS.md). For a detector that is seldom wanted it would only keep memory.
    enableCpuMemArena: role === 'pose' || !isOccasional,
    // Patterns are kept per input shape, and how many crops a run takes changes from picture to picture.
    enableMemPattern: false,
    // Warnings of the runtime's optimiser go straight to stderr and mean nothing to a user.
    logSeverityLevel: 3,
    // Threads that spin while they wait take the processor from the other workers.
    extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } }
  }
}

function executionProviders (device: Device): InferenceSession.ExecutionProviderConfig[] {
  if (device.name === 'cuda') return [{ name: 'cuda', deviceId: device.index }]
  if (device.name === 'mps') return ['coreml']
  return ['cpu']
}
