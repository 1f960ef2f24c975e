/** The text of anything that was thrown: native libraries and threads end with all kinds of things. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
