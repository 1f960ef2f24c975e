export interface JwtClaims {
  /** "refresh" for a personal access token of Label Studio, "access" for what it is exchanged for. */
  tokenType: string | null
  /** Seconds it lives from when it was made; null if it does not say. */
  lifetime: number | null
}

/** The claims of a JSON Web Token, unverified: only its maker can verify it. null: it is none. */
export function readJwt (token: string): JwtClaims | null {
  const parts = token.split('.')
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+$/.test(part))) return null
  try {
    const claims: unknown = JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8'))
    if (typeof claims !== 'object' || claims === null) return null
    const { token_type: tokenType, exp, iat } = claims as Record<string, unknown>
    return {
      tokenType: typeof tokenType === 'string' ? tokenType : null,
      // Counted from iat, so that it holds when the clocks of the two machines differ.
      lifetime: typeof exp === 'number' ? exp - (typeof iat === 'number' ? iat : Date.now() / 1000) : null
    }
  } catch {
    return null
  }
}
