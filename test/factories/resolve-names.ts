import dns from 'node:dns'
import type { Test } from 'tap'

/**
 * Name resolution of this process until the test ends, as an attacker's name server would like it; no other names are known.
 * @param names the addresses of a name, or a function of how many times it was asked for before
 */
export function resolveNames (t: Pick<Test, 'intercept'>, names: Readonly<Record<string, readonly string[] | ((before: number) => readonly string[])>>): void {
  const asked = new Map<string, number>()
  t.intercept(dns, 'lookup', {
    value: (name: string, options: { all?: boolean }, callback: (error: Error | null, address?: unknown, family?: number) => void) => {
      const before = asked.get(name) ?? 0
      asked.set(name, before + 1)
      const answer = names[name] ?? []
      const found = (typeof answer === 'function' ? answer(before) : answer).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
      const [first] = found
      setImmediate(() => {
        if (first === undefined) callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), [])
        else if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      })
    }
  })
}
