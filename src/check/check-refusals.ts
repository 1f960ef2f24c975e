import { splitRemedy } from '../split-remedy.ts'
import type { CheckLine } from './check-report.ts'
import { checkLine, finding } from './check-sentences.ts'
import { describeTime } from './describe-time.ts'
import type { ReceivedCalls } from './received-calls.ts'

const mostLines = 5

/** What Label Studio asked for in vain since the start, the latest first: it shows its users nothing of it. */
export function checkRefusals (received: ReceivedCalls): CheckLine[] {
  const refusals = received.refusals()
  if (refusals.length === 0) return [finding('REFUSALS_NONE')]
  return refusals.slice(0, mostLines).map(({ errorName, message, count, at }) => {
    const { sentence, remedy } = splitRemedy({ errorName, message })
    const times = count === 1 ? 'Once' : `${count} times, the last`
    return checkLine('refusals', 'warning', `${times} at ${describeTime(at)}: ${sentence}`, remedy)
  })
}
