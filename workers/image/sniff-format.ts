/** Formats that the decoder is allowed to see. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'

/** What else a file may turn out to be: named in the answer, so that the user knows what to convert. */
const others: ReadonlyArray<readonly [name: string, offset: number, magic: string]> = [
  ['BMP', 0, 'BM'],
  ['PDF', 0, '%PDF'],
  ['JPEG XL', 4, 'JXL '],
  ['JPEG 2000', 4, 'jP  '],
  ['Photoshop', 0, '8BPS'],
  ['HEIC', 4, 'ftyphei'],
  ['HEIC', 4, 'ftyphev'],
  ['video', 4, 'ftyp']
]

/**
 * Tells the format by the first bytes. The file's bytes decide, not its name, and what is not on the list never reaches
 * the native decoders (SVG and PDF would run whole interpreters).
 * @returns the format, or what it is instead in words
 */
export function sniffFormat (bytes: Uint8Array): { format: PictureFormat } | { format: null, instead: string } {
  const text = (offset: number, length: number) => String.fromCharCode(...bytes.subarray(offset, offset + length))
  if (bytes[0] === 0xFF && bytes[1] === 0xD8 && bytes[2] === 0xFF) return { format: 'jpeg' }
  if (text(0, 8) === '\x89PNG\r\n\x1A\n') return { format: 'png' }
  if (text(0, 4) === 'RIFF' && text(8, 4) === 'WEBP') return { format: 'webp' }
  if (text(0, 4) === 'GIF8') return { format: 'gif' }
  if (text(0, 4) === 'II*\0' || text(0, 4) === 'MM\0*') return { format: 'tiff' }
  if (text(4, 4) === 'ftyp' && /avif|avis/.test(text(8, 32))) return { format: 'avif' }
  if (bytes.length === 0) return { format: null, instead: 'an empty file' }
  for (const [name, offset, magic] of others) if (text(offset, magic.length) === magic) return { format: null, instead: name }
  const start = text(0, 256).trimStart().toLowerCase()
  if (/^(<\?xml[^]*)?<svg/.test(start)) return { format: null, instead: 'SVG' }
  if (start.startsWith('<')) return { format: null, instead: 'a web page or XML' }
  if (start.startsWith('{') || start.startsWith('[')) return { format: null, instead: 'JSON' }
  return { format: null, instead: 'no known picture format' }
}
