import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'
import { readCredentials, type Credentials } from './read-credentials.ts'
import { secretCheck } from './secret-check.ts'

export interface BasicAuthOptions {
  user: string
  password: string
  /** Opens these addresses too: who may call what acts with the token of Label Studio may call the rest. */
  apiToken: string | null
}

/**
 * Asks callers for user and password, as Label Studio sends them where they are entered with a model; probes excepted. Registered after the rate
 * limit, which counts wrong tries too, and before the error handler, whose hook would tell strangers which addresses there are.
 */
export default fp(async function basicAuth (fastify, { user, password, apiToken }: BasicAuthOptions) {
  // One check of both: neither is told apart.
  const isPair = secretCheck(`${user}:${password}`)
  const isToken = apiToken === null ? () => false : secretCheck(apiToken)
  const mayPass = (given: Credentials) => 'token' in given ? isToken(given.token) : isPair(`${given.user}:${given.password}`) || isToken(given.password)
  const limit = fastify.rateLimit()

  fastify.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.isProbe) return
    const given = readCredentials(request)
    if (given !== null && mayPass(given)) return
    await limit.call(fastify, request, reply)
    reply.header('www-authenticate', 'Basic realm="label-studio-rtmpose", charset="UTF-8"')
    throw createPoseError('BASIC_AUTH_WRONG', given === null ? 'none came' : 'token' in given ? 'the token that came is not its own' : 'others came')
  })
}, { name: 'basic-auth', dependencies: ['rate-limit'] })
