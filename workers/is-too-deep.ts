/** Label Studio nests about ten deep; functions that call themselves fail in the thousands, and so does the copy between threads. */
const deepest = 200

export const tooDeep = `nested more than ${deepest} deep`

/** Whether a value of JSON is nested deeper than any that is meant. Level by level, because recursion fails on the very values it looks for. */
export function isTooDeep (value: unknown): boolean {
  let level: object[] = typeof value === 'object' && value !== null ? [value] : []
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === deepest) return true
    const next: object[] = []
    for (const node of level) {
      for (const child of Object.values(node) as unknown[]) {
        if (typeof child === 'object' && child !== null) next.push(child)
      }
    }
    level = next
  }
  return false
}
