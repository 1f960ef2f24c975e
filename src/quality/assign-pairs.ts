/**
 * Pairs rows with columns so that the sum of the gains is the largest possible, each row and column at most once: the
 * Hungarian method with shortest augmenting paths, O(rows^2 columns).
 * @param gains not negative; a pair without gain is not made
 * @see H. W. Kuhn, The Hungarian method for the assignment problem, 1955; R. Jonker and A. Volgenant, 1987
 */
export function assignPairs (gains: ReadonlyArray<readonly number[]>): Array<readonly [row: number, column: number]> {
  const rows = gains.length
  const columns = gains[0]?.length ?? 0
  if (rows > columns) return assignPairs(transpose(gains, columns)).map(([row, column]) => [column, row] as const)

  // Counted from 1: 0 stands for "no row" and "no column yet".
  const rowPotential = new Float64Array(rows + 1)
  const columnPotential = new Float64Array(columns + 1)
  const rowOf = new Int32Array(columns + 1)
  const cameFrom = new Int32Array(columns + 1)

  for (let row = 1; row <= rows; row++) {
    const slack = new Float64Array(columns + 1).fill(Infinity)
    const isVisited = new Uint8Array(columns + 1)
    let column = 0
    rowOf[0] = row
    do {
      isVisited[column] = 1
      const from = rowOf[column]!
      let least = Infinity
      let next = 0
      for (let to = 1; to <= columns; to++) {
        if (isVisited[to]) continue
        const reduced = -gains[from - 1]![to - 1]! - rowPotential[from]! - columnPotential[to]!
        if (reduced < slack[to]!) {
          slack[to] = reduced
          cameFrom[to] = column
        }
        if (slack[to]! < least) {
          least = slack[to]!
          next = to
        }
      }
      for (let to = 0; to <= columns; to++) {
        if (isVisited[to]) {
          rowPotential[rowOf[to]!]! += least
          columnPotential[to]! -= least
        } else {
          slack[to]! -= least
        }
      }
      column = next
    } while (rowOf[column] !== 0)
    for (; column !== 0; column = cameFrom[column]!) rowOf[column] = rowOf[cameFrom[column]!]!
  }

  const pairs: Array<readonly [number, number]> = []
  for (let column = 1; column <= columns; column++) {
    const row = rowOf[column]!
    if (row > 0 && gains[row - 1]![column - 1]! > 0) pairs.push([row - 1, column - 1])
  }
  return pairs.sort(([a], [b]) => a - b)
}

function transpose (gains: ReadonlyArray<readonly number[]>, columns: number): number[][] {
  return Array.from({ length: columns }, (_, column) => gains.map((row) => row[column]!))
}
