import type { Test } from 'tap'

/** A Markdown table in the comments of a test. */
export function printTable (t: Pick<Test, 'comment'>, head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): void {
  for (const cells of [head, head.map(() => '---'), ...rows]) t.comment(`| ${cells.join(' | ')} |`)
}
