/** A moment to the second, as ISO 8601 in UTC. @param at as Date.now() gives it */
export function describeTime (at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
