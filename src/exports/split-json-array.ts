import { ExportFault } from './export-fault.ts'

const [quote, backslash, comma, openList, closeList, openObject, closeObject] = [...Buffer.from('"\\,[]{}')] as [number, number, number, number, number, number, number]

/**
 * The texts of the elements of a JSON array, one after the other, however long the whole is: exports of Label Studio are a
 * single array, and reach gigabytes.
 * @param maxBytes of one element
 * @throws ExportFault when it is no array, ends early, goes on behind its end, or an element is longer
 */
export async function * splitJsonArray (chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  let state = 'before' as 'before' | 'inside' | 'after'
  let depth = 0
  let isText = false
  let isEscaped = false
  let kept: Buffer[] = []
  let keptBytes = 0

  for await (const chunk of chunks) {
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (isText) {
        if (isEscaped) isEscaped = false
        else if (byte === backslash) isEscaped = true
        else if (byte === quote) isText = false
        continue
      }
      if (state !== 'inside') {
        if (isSpace(byte)) continue
        if (state === 'after' || byte !== openList) throw new ExportFault('The file is no list of tasks. Export the project from Label Studio as JSON.')
        state = 'inside'
        from = at + 1
      } else if (byte === quote) {
        isText = true
      } else if (byte === openList || byte === openObject) {
        depth++
      } else if (depth > 0) {
        if (byte === closeList || byte === closeObject) depth--
      } else if (byte === comma || byte === closeList) {
        const text = Buffer.concat([...kept, chunk.subarray(from, at)]).toString('utf8').trim()
        kept = []
        keptBytes = 0
        from = at + 1
        if (byte === closeList) state = 'after'
        if (text !== '' || byte === comma) yield text
      }
    }
    if (state === 'inside') {
      kept.push(chunk.subarray(from))
      keptBytes += chunk.length - from
      if (keptBytes > maxBytes) throw new ExportFault(`A task of the file is longer than ${Math.floor(maxBytes / 1024 / 1024)} MB.`)
    }
  }
  if (state !== 'after') throw new ExportFault('The file ends in the middle: it was not exported or copied completely.')
}

/** Also the byte order mark that some editors put first. */
function isSpace (byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09 || byte === 0xef || byte === 0xbb || byte === 0xbf
}
