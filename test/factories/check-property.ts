import fc, { type IAsyncPropertyWithHooks, type IPropertyWithHooks, type Parameters } from 'fast-check'
import type { Test } from 'tap'

/** The same cases in every run, until another seed is asked for: a failure names its seed and the smallest case that fails. */
const seed = Number(process.env['PROPERTY_SEED'] ?? 20_261_126)
/** Of `make test`; thousands find what hundreds miss: PROPERTY_RUNS=20000. */
const runs = Number(process.env['PROPERTY_RUNS'] ?? 0)

/** Checks a property of fast-check. @param usual number of cases where PROPERTY_RUNS says nothing */
export async function checkProperty<Case> (t: Pick<Test, 'pass' | 'fail'>, name: string, property: IPropertyWithHooks<Case> | IAsyncPropertyWithHooks<Case>, usual = 300): Promise<void> {
  const { failed, counterexample, errorInstance, numRuns, counterexamplePath } = await fc.check(property, { seed, numRuns: runs || usual } as Parameters<Case>)
  if (!failed) {
    t.pass(`${name} (${numRuns} cases)`)
    return
  }
  t.fail(`${name}: PROPERTY_SEED=${seed}, path ${counterexamplePath}: ${fc.stringify(counterexample)}: ${errorInstance instanceof Error ? errorInstance.stack : String(errorInstance)}`)
}
