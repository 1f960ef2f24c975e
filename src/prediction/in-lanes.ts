/**
 * Runs `work` for every item, at most `lanes` at a time, in order. After a failure no further item begins.
 * @throws what the first failing item throws, once
 */
export async function inLanes<T> (items: readonly T[], lanes: number, work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, async () => {
    while (next < items.length && !failed) {
      const index = next++
      try {
        await work(items[index]!, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }))
}
