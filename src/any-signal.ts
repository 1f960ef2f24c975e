/** What must live as long as a signal that was made from it. */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>()

/**
 * AbortSignal.any, which on Node 20 loses an `AbortSignal.timeout` that nobody else holds: it is collected as garbage, and what was
 * to end in time never ends (https://github.com/nodejs/node/issues/54614).
 * @returns aborts with the reason of the first of the signals that aborts
 */
export function anySignal (signals: readonly AbortSignal[]): AbortSignal {
  // eslint-disable-next-line no-restricted-properties
  const any = AbortSignal.any([...signals])
  sources.set(any, signals)
  return any
}
