import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'

/**
 * Refuses requests that name no host, or several, as RFC 9112 (3.2) demands: Node reads the first of them and a proxy in front
 * may have looked at the last.
 */
export default fp(async function oneHost (fastify) {
  fastify.addHook('onRequest', async ({ raw }) => {
    let hosts = 0
    for (let i = 0; i < raw.rawHeaders.length; i += 2) if (raw.rawHeaders[i]!.toLowerCase() === 'host') hosts++
    if (hosts === 1 || (hosts === 0 && raw.httpVersion === '1.0')) return
    throw createPoseError('REQUEST_INVALID', hosts === 0 ? 'it has no Host header' : 'it has several Host headers')
  })
}, { name: 'one-host' })
