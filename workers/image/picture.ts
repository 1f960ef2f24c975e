/** A decoded upright picture: R, G, B bytes row by row, without padding. */
export interface Picture {
  rgb: Uint8Array
  width: number
  height: number
}
