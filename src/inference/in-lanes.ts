/**
 * Runs `work` for every item, at most `lanes` at a time, in order. After a failure no further item begins.
 * @param items taken one by one as lanes become free, so that they need not all be in memory
 * @throws what the first failing item throws, once
 */
export async function inLanes<T> (items: Iterable<T> | AsyncIterable<T>, lanes: number, work: (item: T, index: number) => Promise<void>): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  let next = 0
  let failed = false
  await Promise.all(Array.from({ length: lanes }, async () => {
    try {
      for (;;) {
        const index = next++
        const step = iterator.next()
        // What is in memory begins at once.
        const result = 'then' in step ? await step : step
        if (result.done === true || failed) return
        await work(result.value, index)
      }
    } catch (error) {
      failed = true
      throw error
    }
  }))
}
