/** The number of a project as Label Studio sends it ("7.1758000000", id and creation time), or of a task (7); null where there is none. */
export function readNumber (id: unknown): number | null {
  if (typeof id !== 'number' && typeof id !== 'string') return null
  const digits = /^(\d{1,15})(\.\d*)?$/.exec(String(id))?.[1]
  return digits === undefined ? null : Number(digits)
}
