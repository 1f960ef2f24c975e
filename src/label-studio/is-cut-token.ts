/**
 * Whether a key is a personal access token without its last part. Label Studio shows the whole token once, when it is made, and
 * later on the same page only the first two parts, which open nothing.
 */
export function isCutToken (key: string): boolean {
  return /^eyJ[\w-]*\.eyJ[\w-]*\.?$/.test(key)
}
