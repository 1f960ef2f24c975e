import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** Serves the files of one folder on loopback; `addresses` are in the order of their names. */
export async function serveFolder (folder: string): Promise<{ origin: string, addresses: string[], close: () => void }> {
  const names = (await readdir(folder)).sort()
  const allowed = new Set(names)
  const server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').slice(1).split('?')[0]!)
    if (!allowed.has(name)) {
      response.writeHead(404).end()
      return
    }
    stat(join(folder, name)).then(({ size }) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': size })
      createReadStream(join(folder, name)).pipe(response)
    }, () => response.writeHead(404).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, addresses: names.map((name) => `${origin}/${encodeURIComponent(name)}`), close: () => { server.closeAllConnections(); server.close() } }
}
