/** Characters, of up to four bytes each: file systems take 255 bytes. */
const longestStem = 50

/** A name of a copied picture: the task's number keeps pictures of the same name apart. */
export function nameOfCopy (id: number, path: string | null, ending: string): string {
  const stem = (path?.split('/').at(-1) ?? 'picture').replace(/\.[^.]*$/, '').replace(/[^\p{L}\p{N}._-]+/gu, '_')
  return `${id}-${[...stem].slice(0, longestStem).join('')}.${ending}`
}
