/** For people: "one worker", "3 workers". */
export function countWorkers (workers: number): string {
  return workers === 1 ? 'one worker' : `${workers} workers`
}
