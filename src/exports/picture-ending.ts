const endings: ReadonlyArray<readonly [ending: string, offset: number, magic: string]> = [
  ['jpg', 0, 'ffd8ff'],
  ['png', 0, '89504e470d0a1a0a'],
  ['gif', 0, '474946383'],
  ['webp', 8, '57454250'],
  ['avif', 4, '6674797061766966'],
  ['tif', 0, '49492a00'],
  ['tif', 0, '4d4d002a'],
  ['bmp', 0, '424d']
]

/** The ending of a picture file by its first bytes; readers of data sets go by the ending. "bin": none that is known. */
export function pictureEnding (bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('hex')
  return endings.find(([, offset, magic]) => start.startsWith(magic, offset * 2))?.[0] ?? 'bin'
}
