/** The token by which Label Studio lets us read its pictures. */
import { request } from 'undici'
import { createPoseError } from '../errors.ts'
import { readBeginning } from './read-beginning.ts'
import { readJwt } from './read-jwt.ts'

export interface AccessToken {
  /**
   * Value of the Authorization header; null when there is no key.
   * @throws PoseError LABEL_STUDIO_TOKEN, LABEL_STUDIO_ADDRESS, SOURCE_FAILED when a personal access token cannot be exchanged
   */
  header (): Promise<string | null>
  /**
   * Call once after a 401, then try again with header().
   * @param refused the header that was refused: when another request has renewed it meanwhile, nothing is done
   * @throws PoseError as header(), and LABEL_STUDIO_TOKEN when this kind of key cannot be renewed
   */
  renew (refused?: string | null): Promise<void>
  /** What kind of key is used, and whether /setup brought it; null: there is none. */
  describe (): { kind: TokenKind, isOffered: boolean } | null
  /** The token of /setup, used while no key is configured. Anything that cannot be a token is ignored. @returns whether it is the one in use now */
  offer (token: unknown): token is string
}

export interface AccessTokenOptions {
  /** Of Label Studio, as seen from here, without a slash at the end. */
  url: string | null
  key: string | null
  /** Milliseconds for one exchange. */
  timeoutMs?: number
  /** Milliseconds for which a failed exchange is answered from memory. */
  failureLifeMs?: number
}

/** Kinds of key. A personal access token is a refresh token: it opens nothing itself, but is exchanged for access. */
export type TokenKind = 'legacy' | 'personal' | 'access'

interface Access { token: string, usableUntil: number }

/** Of the exchange of one refresh token: under way, or failed a moment ago. */
interface Exchange { refresh: string, result: Promise<Access>, until: number }

/** An access token is exchanged so long before it runs out. */
const marginMs = 30_000
/** Taken for the life of one that does not say it: Label Studio's own live for five minutes. */
const usualLifetimeS = 240

export function createAccessToken ({ url, key, timeoutMs = 10_000, failureLifeMs = 10_000 }: AccessTokenOptions): AccessToken {
  let current = key
  let offered = false
  let access: Access | null = null
  let exchange: Exchange | null = null

  function kindOf (token: string): TokenKind {
    const claims = readJwt(token)
    if (claims === null) return 'legacy'
    return claims.tokenType === 'refresh' ? 'personal' : 'access'
  }

  /**
   * All who need it wait for the same exchange, and get the same error for a while after it failed: a dead token or a
   * Label Studio that hangs would otherwise be asked once for every picture.
   */
  function renewAccess (refresh: string): Promise<Access> {
    if (exchange?.refresh === refresh && performance.now() < exchange.until) return exchange.result
    const started: Exchange = { refresh, result: exchangeToken(refresh, url, timeoutMs), until: Infinity }
    exchange = started
    started.result.then(
      (fresh) => {
        started.until = 0
        // Meanwhile /setup may have brought another token.
        if (refresh === current) access = fresh
      },
      () => { started.until = performance.now() + failureLifeMs }
    )
    return started.result
  }

  return {
    async header () {
      if (current === null) return null
      switch (kindOf(current)) {
        case 'legacy': return `Token ${current}`
        case 'access': return `Bearer ${current}`
        case 'personal': {
          const usable = access !== null && performance.now() < access.usableUntil ? access : await renewAccess(current)
          return `Bearer ${usable.token}`
        }
      }
    },

    async renew (refused) {
      if (current === null) throw createPoseError('LABEL_STUDIO_TOKEN', 'none is configured')
      const kind = kindOf(current)
      if (kind === 'personal') {
        if (refused != null && access !== null && refused !== `Bearer ${access.token}`) return
        access = null
        await renewAccess(current)
        return
      }
      const origin = offered ? ', which /setup brought' : ''
      throw createPoseError('LABEL_STUDIO_TOKEN', kind === 'legacy'
        ? `a legacy token${origin}: it is wrong, or the organization has legacy tokens switched off`
        : `an access token${origin}: it lives for minutes only and has run out`)
    },

    describe: () => current === null ? null : { kind: kindOf(current), isOffered: offered },

    offer (token: unknown): token is string {
      if (key !== null || typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token)) return false
      if (token === current) return true
      current = token
      offered = true
      access = null
      return true
    }
  }
}

/** POST /api/token/refresh/ { refresh } -> { access } */
async function exchangeToken (refresh: string, url: string | null, timeoutMs: number): Promise<Access> {
  if (url === null) throw createPoseError('LABEL_STUDIO_ADDRESS', 'a personal access token has to be exchanged there')
  const { status, location, text } = await post(`${url}/api/token/refresh/`, JSON.stringify({ refresh }), timeoutMs)
  if (status >= 300 && status < 400) throw createPoseError('LABEL_STUDIO_ADDRESS', `${url} redirects to ${location ?? 'another place'}`)
  const answer = parseObject(text)
  if (status >= 500) throw createPoseError('SOURCE_FAILED', `${url} answered ${status} to the exchange of the token`)
  if (status === 404) throw createPoseError('LABEL_STUDIO_ADDRESS', `${url} has no personal access tokens (404)`)
  if (status !== 200) {
    const reason = reasonOf(answer)
    // Its words for a signature that is not its own; a revoked token is told as one.
    const hint = reason === 'Token is invalid' ? ': it is mistyped, or Label Studio has another SECRET_KEY than when it made it' : ''
    throw createPoseError('LABEL_STUDIO_TOKEN', `the personal access token cannot be exchanged, ${status}: ${reason}${hint}`)
  }
  if (typeof answer['access'] !== 'string') throw createPoseError('LABEL_STUDIO_ADDRESS', `${url} is no Label Studio: its answer holds no token`)
  const lifetimeMs = (readJwt(answer['access'])?.lifetime ?? usualLifetimeS) * 1000
  return { token: answer['access'], usableUntil: performance.now() + lifetimeMs - Math.min(marginMs, lifetimeMs / 2) }
}

async function post (address: string, body: string, timeoutMs: number): Promise<{ status: number, location: string | null, text: string }> {
  try {
    const response = await request(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs)
    })
    const { location } = response.headers
    return { status: response.statusCode, location: typeof location === 'string' ? location : null, text: await readBeginning(response.body) }
  } catch (error) {
    // An aborted request has a number for a code.
    const { code, name } = error as { code?: unknown, name: string }
    const reason = name === 'TimeoutError' ? `no answer in ${timeoutMs / 1000} s` : typeof code === 'string' ? code : name
    throw Object.assign(createPoseError('SOURCE_FAILED', `the exchange of the token at ${address}: ${reason}`), { cause: error })
  }
}

function parseObject (text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : {}
  } catch {
    return {}
  }
}

/** What Label Studio says, as plain short text: it goes into HTTP reason phrases. */
function reasonOf (answer: Record<string, unknown>): string {
  const reason = answer['detail'] ?? answer['code']
  return typeof reason === 'string' ? reason.replace(/[^\x20-\x7e]+/g, ' ').slice(0, 200) : 'no reason given'
}
