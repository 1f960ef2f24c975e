import { tooManyBytes } from './too-many-bytes.ts'

const FIRST_SIZE = 64 * 1024

/**
 * The chunks of a stream in one ArrayBuffer of their own.
 * @param expected the announced length; a true one spares all copies
 * @throws PoseError IMAGE_TOO_MANY_BYTES
 */
export async function collectBytes (
  chunks: AsyncIterable<Uint8Array>, maxBytes: number, expected: number | null
): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(Math.min(expected ?? FIRST_SIZE, maxBytes))
  let length = 0
  for await (const chunk of chunks) {
    const needed = length + chunk.byteLength
    if (needed > maxBytes) throw tooManyBytes(null, maxBytes)
    if (needed > bytes.byteLength) {
      const larger = new Uint8Array(Math.min(Math.max(needed, 2 * bytes.byteLength), maxBytes))
      larger.set(bytes.subarray(0, length))
      bytes = larger
    }
    bytes.set(chunk, length)
    length = needed
  }
  return length === bytes.byteLength ? bytes : bytes.slice(0, length)
}
