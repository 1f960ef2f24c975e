import t from 'tap'
import { splitBoxes } from '../../src/inference/split-boxes.ts'

const boxes = (count: number) => Float32Array.from({ length: count * 5 }, (_, index) => Math.floor(index / 5))
const numbers = (parts: Float32Array[]) => parts.map((part) => [...part].filter((_, index) => index % 5 === 0))

t.test('nearly equal runs, in order, none of them empty', async (t) => {
  t.same(numbers(splitBoxes(boxes(7), 3)), [[0, 1], [2, 3], [4, 5, 6]])
  t.same(numbers(splitBoxes(boxes(4), 2)), [[0, 1], [2, 3]])
  t.same(numbers(splitBoxes(boxes(2), 16)), [[0], [1]])
  t.same(numbers(splitBoxes(boxes(3), 1)), [[0, 1, 2]])
  t.same(splitBoxes(boxes(0), 4), [])
  for (let count = 1; count < 40; count++) {
    for (let parts = 1; parts < 9; parts++) {
      const runs = splitBoxes(boxes(count), parts)
      const lengths = runs.map((run) => run.length / 5)
      if (Math.max(...lengths) - Math.min(...lengths) > 1) t.fail(`${count} over ${parts}: ${lengths.join(' ')}`)
      if (numbers(runs).flat().some((number, index) => number !== index)) t.fail(`${count} over ${parts} in order`)
    }
  }
})

t.test('each run has memory of its own', async (t) => {
  const [first, second] = splitBoxes(boxes(4), 2)
  t.not(first!.buffer, second!.buffer)
  t.equal(first!.buffer.byteLength, first!.byteLength)
})
