/** Label Studio nests about ten deep; functions that call themselves fail in the thousands, and so does the copy between threads. */
const deepest = 200
/** Five thousand tasks have some 100,000 without what is drawn on them. Each is an object of its own on the main thread, in whose memory all requests meet. */
const mostValues = 5_000_000

/**
 * Whether a value of JSON is nested deeper, or holds more, than any that is meant. Level by level, because recursion fails on the very
 * values it looks for.
 * @returns what is wrong; null: nothing
 */
export function checkExtent (value: unknown): string | null {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : []
  let values = 0
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) return `nested more than ${deepest} deep`
    const next: object[] = []
    for (const node of level) {
      const children: unknown[] = Array.isArray(node) ? node : Object.values(node)
      values += children.length
      if (values > mostValues) return `more than ${mostValues} values`
      for (const child of children) {
        if (typeof child === 'object' && child !== null) next.push(child)
      }
    }
    level = next
  }
  return null
}
