import { CliError } from './command.ts'

/**
 * Numbers of tasks, "17,20-29": ends included, in any order.
 * @throws CliError for anything else, and for more than `most`
 */
export function readIds (text: string, most: number): number[] {
  const ids = new Set<number>()
  for (const part of text.split(',')) {
    const [, first, last = first] = /^\s*([1-9]\d{0,14})(?:\s*-\s*([1-9]\d{0,14}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) throw new CliError(`--ids takes numbers of tasks and ranges of them like 17,20-29, not "${part.trim()}".`)
    if (Number(last) - Number(first) + ids.size >= most) throw new CliError(`--ids takes ${most} tasks at most: give a --filter instead.`)
    for (let id = Number(first); id <= Number(last); id++) ids.add(id)
  }
  return [...ids].sort((a, b) => a - b)
}
