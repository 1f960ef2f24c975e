/** Whether these corners enclose a finite area: a crop of anything else has no place in the picture. */
export function isBox (x1: number, y1: number, x2: number, y2: number): boolean {
  const width = x2 - x1
  const height = y2 - y1
  return width > 0 && height > 0 && width < Infinity && height < Infinity
}
