import t from 'tap'
import { createAnswerBudget } from '../../src/prediction/answer-budget.ts'

const MB = 1024 * 1024

t.test('an answer has a bound of its own, and all answers together have one', async (t) => {
  const budget = createAnswerBudget({ maxBytes: 10 * MB, totalBytes: 20 * MB })
  const [one, two, three] = [budget.open(), budget.open(), budget.open()]
  for (let entry = 0; entry < 5; entry++) t.equal(one.take(2 * MB), null)
  t.match(one.take(2 * MB), /^the answer is full, see MAX_ANSWER_MB$/)
  for (let entry = 0; entry < 3; entry++) {
    t.equal(two.take(3 * MB), null)
    if (entry === 0) t.equal(three.take(MB), null)
  }
  t.equal(budget.heldBytes, 20 * MB)
  t.match(three.take(1), /^the answers of other requests fill the memory set aside for them, see MAX_ANSWER_MB$/)
  one.release()
  t.equal(budget.heldBytes, 10 * MB)
  t.equal(three.take(MB), null, 'what is out makes room')
})

t.test('the first entry of a request has room, but for what is larger than a crowd while others hold something', async (t) => {
  const budget = createAnswerBudget({ maxBytes: MB, totalBytes: 2 * MB })
  const large = budget.open()
  t.equal(large.take(9 * MB), null, 'it could never be answered otherwise')
  t.equal(budget.open().take(MB), null, 'a picture that somebody waits for')
  const other = budget.open()
  t.match(other.take(3 * MB), /other requests/)
  t.equal(other.take(MB), null)
  t.match(other.take(1), /full/, 'and no second one')
})

t.test('what says why a task has no prediction is held whether it fits or not, and released once', async (t) => {
  const budget = createAnswerBudget({ maxBytes: 10, totalBytes: 20 })
  const share = budget.open()
  share.hold(100)
  t.equal(budget.heldBytes, 100)
  t.equal(share.take(5), null)
  share.release()
  share.release()
  t.equal(budget.heldBytes, 0)
  share.hold(100)
  t.match(share.take(5), /nobody waits/)
  t.equal(budget.heldBytes, 0, 'work that ends after its client has left holds nothing')
})
