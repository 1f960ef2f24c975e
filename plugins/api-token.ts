import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'
import { isFromOtherSite, readCredentials } from './read-credentials.ts'
import { secretCheck } from './secret-check.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Goes first in the onRequest hooks of a route that is not for everybody. */
    requireApiToken: onRequestAsyncHookHandler
    /** For the schema of such a route: what a caller of this very service has to show. */
    apiTokenSecurity: Array<{ apiToken: [] }>
  }
}

export interface ApiTokenOptions {
  /** null: callers on this machine alone. */
  apiToken: string | null
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/
const loopbackName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i

/**
 * Guards what is not for everybody: with a token by the token (bearer, or password of any user), and without one by the caller's address. Then a proxy that
 * is not trusted (TRUST_PROXY) hides who calls, so what comes through one is refused; and so is a name of this machine that is not
 * its own, since a web page can make a name of its own mean 127.0.0.1 and read the answer in its visitor's browser.
 */
export default fp(async function apiToken (fastify, { apiToken }: ApiTokenOptions) {
  const isToken = apiToken === null ? null : secretCheck(apiToken)
  const limit = fastify.rateLimit()

  fastify.decorate('apiTokenSecurity', apiToken === null ? [] : [{ apiToken: [] }])
  fastify.decorate('requireApiToken', async (request, reply) => {
    if (isToken === null) {
      const reason = whyNotLocal(request)
      if (reason !== null) throw createPoseError('API_TOKEN_UNSET', reason)
      return
    }
    const given = readCredentials(request)
    // Basic credentials are the form that browsers ask for; their user may be anyone.
    if (given !== null && isToken('token' in given ? given.token : given.password)) return
    // The limit of the route comes later, and would not see the wrong tries.
    await limit.call(fastify, request, reply)
    reply.header('www-authenticate', 'Bearer, Basic realm="label-studio-rtmpose", charset="UTF-8"')
    throw createPoseError('API_TOKEN_WRONG', given === null ? 'none came' : 'another one came')
  })
}, { name: 'api-token', dependencies: ['rate-limit'] })

function whyNotLocal (request: FastifyRequest): string | null {
  if (!loopback.test(request.ip)) return 'the request comes from elsewhere'
  const { headers, socket } = request
  // Without a token nothing else tells the owner of this machine from a page that is open in the owner's browser.
  if (isFromOtherSite(headers)) return 'a page of another site asks for it'
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers['forwarded'] !== undefined
  // Where the proxy is trusted, the address is that of its client.
  if (isForwarded && request.ip === socket.remoteAddress) return 'it comes through a proxy that TRUST_PROXY does not name'
  return loopbackName.test(headers.host ?? '') ? null : 'it asks for another host'
}
