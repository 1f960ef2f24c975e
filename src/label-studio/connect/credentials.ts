/** User and password that the service asks its callers for (BASIC_AUTH_USER, BASIC_AUTH_PASS). */
export interface Credentials { user: string, password: string }

/** @returns the value of an Authorization header (HTTP Basic) */
export function toBasic ({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

/** What opens this service for its own commands, as a header; the token opens all that user and password open. */
export function ownAuthorization ({ apiToken, basicAuth }: { apiToken: string | null, basicAuth: Credentials | null }): { authorization?: string } {
  if (apiToken !== null) return { authorization: `Bearer ${apiToken}` }
  return basicAuth === null ? {} : { authorization: toBasic(basicAuth) }
}
