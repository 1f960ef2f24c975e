import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipEntry { name: string, content: Uint8Array, store?: boolean }

/** The bytes of a .zip archive (PKWARE APPNOTE: local headers, central directory, end record). */
export function writeZip (entries: readonly ZipEntry[]): Buffer {
  const locals: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, content, store = false } of entries) {
    const packed = store ? Buffer.from(content) : deflateRawSync(content)
    const file = Buffer.from(name)
    // Version, flags, method, time, date, crc, sizes, length of the name, no extra field.
    const facts = Buffer.alloc(26)
    facts.writeUInt16LE(20, 0)
    facts.writeUInt16LE(store ? 0 : 8, 4)
    facts.writeUInt32LE(crc32(content), 10)
    facts.writeUInt32LE(packed.length, 14)
    facts.writeUInt32LE(content.length, 18)
    facts.writeUInt16LE(file.length, 22)
    const local = Buffer.concat([signature(0x04034b50), facts, file, packed])
    // Comment length, disk, attributes, then where the local header lies.
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(offset, 10)
    central.push(Buffer.concat([signature(0x02014b50), Buffer.from([20, 0]), facts, tail, file]))
    locals.push(local)
    offset += local.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(entries.length, 4)
  end.writeUInt16LE(entries.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(offset, 12)
  return Buffer.concat([...locals, directory, signature(0x06054b50), end])
}

function signature (value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
