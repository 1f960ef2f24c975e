export interface AnswerBudget {
  /** For one request: what its answer may hold of the budget. */
  open (): AnswerShare
  /** Of all answers together. */
  readonly heldBytes: number
}

export interface AnswerShare {
  /** @returns why there is no room for an entry of so many bytes, in words; null: there is, and it is held */
  take (bytes: number): string | null
  /** For entries that have to be there: those that say why a task has no prediction. */
  hold (bytes: number): void
  /** Gives everything back, once the answer is out or nobody waits for it any more; from then on there is room for nothing. */
  release (): void
}

export interface AnswerBudgetOptions {
  /** Of one answer. */
  maxBytes: number
  /** Of all answers together. */
  totalBytes: number
}

/** A picture of 50 people with 133 points each. */
const crowdBytes = 2 * 1024 * 1024

/**
 * Bounds the text of all answers held at once, from the first entry until the client has the last one. Small requests make large answers:
 * thousands of tasks may name one picture that is estimated once.
 * The first entry of a request has room whatever the others hold, unless it is larger than a crowd: who opens a task in Label Studio waits
 * for one picture, and every request gets something done.
 */
export function createAnswerBudget ({ maxBytes, totalBytes }: AnswerBudgetOptions): AnswerBudget {
  let held = 0

  function open (): AnswerShare {
    let own = 0
    let isFirst = true
    let isOver = false

    function hold (bytes: number): void {
      if (isOver) return
      own += bytes
      held += bytes
    }

    return {
      take (bytes) {
        if (isOver) return 'nobody waits for the answer'
        if (!isFirst && own + bytes > maxBytes) return 'the answer is full, see MAX_ANSWER_MB'
        const isServed = isFirst && (held === own || bytes <= crowdBytes)
        if (!isServed && held + bytes > totalBytes) return 'the answers of other requests fill the memory set aside for them, see MAX_ANSWER_MB'
        isFirst = false
        hold(bytes)
        return null
      },
      hold,
      release () {
        held -= own
        own = 0
        isOver = true
      }
    }
  }

  return { open, get heldBytes () { return held } }
}
