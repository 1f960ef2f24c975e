import type { Test } from 'tap'

/** A user for whom permissions count; root passes them all. */
const nobody = 65534

/** Until the end of the test, root is somebody else too. What the test writes to must be made after this. */
export function withoutPrivileges (t: Pick<Test, 'teardown'>): void {
  if (process.geteuid!() !== 0) return
  process.seteuid!(nobody)
  t.teardown(() => { process.seteuid!(0) })
}
