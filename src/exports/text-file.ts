import { open } from 'node:fs/promises'

/** A file that grows piece by piece; what is written gathers in memory up to `bufferCharacters`. */
export interface TextFile {
  append (text: string): Promise<void>
  /** Writes the rest and closes; a second call does nothing. */
  close (): Promise<void>
}

const bufferCharacters = 256 * 1024

/** @throws Error of the file system, also when the file is there already */
export async function createTextFile (path: string): Promise<TextFile> {
  const handle = await open(path, 'wx')
  let pieces: string[] = []
  let length = 0
  let isClosed = false

  async function flush (): Promise<void> {
    const text = pieces.join('')
    pieces = []
    length = 0
    if (text !== '') await handle.appendFile(text)
  }

  return {
    async append (text) {
      pieces.push(text)
      length += text.length
      if (length >= bufferCharacters) await flush()
    },
    async close () {
      if (isClosed) return
      isClosed = true
      try {
        await flush()
      } finally {
        await handle.close()
      }
    }
  }
}
