import type { PageCounts } from './job-store.ts'

export function sumCounts (pages: Iterable<PageCounts>): PageCounts {
  const sum = { done: 0, people: 0 }
  for (const { done, people } of pages) {
    sum.done += done
    sum.people += people
  }
  return sum
}
