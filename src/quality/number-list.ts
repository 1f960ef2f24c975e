type NumberArray = Float64Array | Uint32Array

export interface NumberList<A extends NumberArray> {
  push (value: number): void
  /** What was pushed; shares its memory with the list. */
  values (): A
}

/** A list of many numbers in as little memory as they need: eight or four bytes each, and room to grow. */
export function createNumberList<A extends NumberArray> (Kind: new (length: number) => A): NumberList<A> {
  let room = new Kind(256)
  let length = 0
  return {
    push (value) {
      if (length === room.length) {
        const larger = new Kind(length * 2)
        larger.set(room)
        room = larger
      }
      room[length++] = value
    },
    values: () => room.subarray(0, length) as A
  }
}
