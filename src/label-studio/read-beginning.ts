/** At most the first bytes of an answer as text: an honest one is short, and another shall not fill the memory. */
export async function readBeginning (body: AsyncIterable<Buffer>, mostBytes = 64 * 1024): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > mostBytes) break
  }
  return Buffer.concat(chunks).toString('utf8')
}
