import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

export interface LoadSheddingOptions {
  /** Longer than any request of ours blocks on a busy machine: only a fault gets there. */
  maxEventLoopDelayMs?: number
  sampleIntervalMs?: number
}

/**
 * Refuses work while the event loop is far behind: waiting longer would only make more clients give up.
 * Probes opt out by `config.pressureHandler`.
 */
export default fp(async function loadShedding (fastify, { maxEventLoopDelayMs = 10_000, sampleIntervalMs = 1000 }: LoadSheddingOptions) {
  // What underPressure has not measured since its last look counts as Infinity there, so one block of a second would refuse work.
  let lookedAt = performance.now()
  // Of the last two looks, since both timers come in any order.
  let lateMs = [0, 0]
  const timer = setInterval(() => {
    const now = performance.now()
    lateMs = [now - lookedAt - sampleIntervalMs, lateMs[0]!]
    lookedAt = now
  }, sampleIntervalMs).unref()
  fastify.addHook('onClose', async () => { clearInterval(timer) })

  await fastify.register(underPressure, {
    maxEventLoopDelay: maxEventLoopDelayMs,
    sampleInterval: sampleIntervalMs,
    pressureHandler: (_request, _reply, _type, delayMs) => {
      if (delayMs === Infinity && Math.max(...lateMs) <= maxEventLoopDelayMs) return
      throw createPoseError('OVERLOADED', 'the event loop is far behind')
    }
  })
}, { name: 'load-shedding' })
