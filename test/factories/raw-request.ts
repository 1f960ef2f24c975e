import { connect } from 'node:net'

export interface RawAnswer {
  /** Everything that came, byte by byte. */
  text: string
  /** Of the first answer; 0: none came. */
  status: number
  /** Of the first answer; '' when it is none of ours. */
  code: string
  /** Whether the other side ended the connection. */
  ended: boolean
}

/** Sends bytes as they are, which clients that know HTTP would refuse to, and gives what has come when the line is closed or silent. */
export async function sendRaw (port: number, bytes: string | Uint8Array, { silenceMs = 1500 } = {}): Promise<RawAnswer> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const chunks: Buffer[] = []
    let ended = false
    socket.setTimeout(silenceMs, () => { socket.destroy() })
    socket.on('data', (chunk) => { chunks.push(chunk) }).on('end', () => { ended = true }).on('error', () => { ended = true })
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({ text, status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), code: /"code":"(\w+)"/.exec(text)?.[1] ?? '', ended })
    })
    socket.write(bytes)
  })
}

/** A request with a body, after which the connection ends. */
export function rawPost (path: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Buffer {
  const all = { host: '127.0.0.1', 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), connection: 'close', ...headers }
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`), Buffer.from(body)])
}
