import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import yauzl, { type Entry, type ZipFile } from 'yauzl'
import { DownloadFault } from './download-fault.ts'

const openZip = promisify<string, yauzl.Options, ZipFile>(yauzl.open)
/** OpenMMLab's archives hold four files. */
const MOST_ENTRIES = 1000

/**
 * Unpacks the one .onnx of an archive.
 * @param target written anew
 * @throws DownloadFault when the archive is damaged, holds none or several, or one larger than `maxBytes`
 */
export async function unpackOnnx (archive: string, target: string, maxBytes: number): Promise<void> {
  let zip: ZipFile | null = null
  try {
    zip = await openZip(archive, { lazyEntries: true, autoClose: false })
    const entry = await findOnnx(zip)
    if (entry.uncompressedSize > maxBytes) throw new DownloadFault(`its ${entry.fileName} is larger than ${Math.round(maxBytes / 1024 / 1024)} MB (MODEL_MAX_MB)`)
    const read = promisify<Entry, NodeJS.ReadableStream>((item, callback) => zip!.openReadStream(item, callback))
    // yauzl ends with an error where more or fewer bytes come out than the archive says.
    await pipeline(await read(entry), createWriteStream(target, { flush: true }))
  } catch (error) {
    // What the disk says has a code; what zlib and yauzl say of the archive is a sentence.
    const { code, message } = error as NodeJS.ErrnoException
    if (error instanceof DownloadFault || (code !== undefined && !code.startsWith('Z_'))) throw error
    throw new DownloadFault(`the archive is damaged (${message})`)
  } finally {
    zip?.close()
  }
}

function findOnnx (zip: ZipFile): Promise<Entry> {
  return new Promise((resolve, reject) => {
    const found: Entry[] = []
    let count = 0
    zip.on('error', reject)
    zip.on('entry', (entry: Entry) => {
      if (/\.onnx$/i.test(entry.fileName)) found.push(entry)
      if (++count > MOST_ENTRIES) reject(new DownloadFault('the archive holds too many files'))
      else zip.readEntry()
    })
    zip.on('end', () => {
      if (found.length === 1) resolve(found[0]!)
      else reject(new DownloadFault(`the archive holds ${found.length === 0 ? 'no .onnx' : `${found.length} .onnx files`}`))
    })
    zip.readEntry()
  })
}

/** What a file begins with: an archive, a network (its first field is the version of the format), or something else. */
export async function sniffModelFile (path: string): Promise<'zip' | 'onnx' | 'other'> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0)
    if (bytesRead === 4 && buffer.readUInt32BE() === 0x504b0304) return 'zip'
    return bytesRead === 4 && buffer[0] === 0x08 && buffer[1]! > 0 && buffer[1]! < 0x80 ? 'onnx' : 'other'
  } finally {
    await file.close()
  }
}
