import underPressure from '@fastify/under-pressure'
import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

/**
 * Refuses work while the event loop is far behind: waiting longer would only make more clients give up.
 * Probes opt out by `config.pressureHandler`, because Label Studio sleeps for a Retry-After on /health.
 */
export default fp(async function loadShedding (fastify) {
  await fastify.register(underPressure, {
    maxEventLoopDelay: 10_000,
    sampleInterval: 1000,
    retryAfter: 5,
    pressureHandler: () => { throw createPoseError('OVERLOADED', 'the event loop is far behind') }
  })
}, { name: 'load-shedding' })
