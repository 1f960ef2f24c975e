export type Side = 'left' | 'right' | 'middle'

/** The side that the name of a point says, in any set of points; middle where it says none. */
export function sideOfName (name: string): Side {
  if (name.startsWith('left_')) return 'left'
  return name.startsWith('right_') ? 'right' : 'middle'
}
