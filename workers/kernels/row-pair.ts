/** Keeps two blended source rows: neighbouring rows of a result mostly need the same ones. */
export interface RowPair {
  /** Blends both rows as far as they are not at hand. @returns the slots where they lie */
  take (near: number, far: number): readonly [number, number]
}

/** @param blend writes a source row into a slot, 0 or 1 */
export function createRowPair (blend: (row: number, slot: number) => void): RowPair {
  const rows: [number, number] = [NaN, NaN]

  function place (row: number, other: number): number {
    if (rows[0] === row) return 0
    if (rows[1] === row) return 1
    const slot = rows[0] === other ? 1 : 0
    blend(row, slot)
    rows[slot] = row
    return slot
  }

  return {
    take: (near, far) => {
      const first = place(near, far)
      return [first, place(far, near)]
    }
  }
}
