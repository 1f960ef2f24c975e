/** Lets one piece of asynchronous work run at a time, in the order of arrival. */
export function createLock (): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const run = last.then(work)
    last = run.catch(() => {})
    return await run
  }
}
