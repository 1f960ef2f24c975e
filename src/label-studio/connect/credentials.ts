/** User and password that the service asks its callers for (BASIC_AUTH_USER, BASIC_AUTH_PASS). */
export interface Credentials { user: string, password: string }

/** @returns the value of an Authorization header (HTTP Basic) */
export function toBasic ({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}
