/** Runs one piece of work at a time, in the order of arrival. What one throws does not touch the next. */
export function createTurns (): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}
