import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Server } from 'node:https'
import fp from 'fastify-plugin'
import { readTls, type TlsFiles } from '../src/tls/read-tls.ts'

export interface TlsRenewalOptions {
  files: TlsFiles
  /** Milliseconds between two looks at the files. */
  everyMs?: number
}

/** Warns of a certificate that ends within this time. */
const warnBeforeMs = 7 * 24 * 60 * 60 * 1000

/**
 * Takes new certificate files while the service runs. Open connections keep theirs, new ones get the new one. Files are looked at
 * rather than watched: renewers and Kubernetes replace the folder, not the file. While only one of a pair has come, the old pair stays.
 */
export default fp(async function tlsRenewal (fastify, { files, everyMs = 5000 }: TlsRenewalOptions) {
  const paths = [files.cert, files.key, ...(files.clientCa === null ? [] : [files.clientCa])]
  const look = async () => JSON.stringify(await Promise.all(paths.map(async (path) => {
    const { mtimeMs, ino, size } = await stat(path)
    return [mtimeMs, ino, size]
  })))
  let seen = await look().catch(() => '')
  let refused = ''

  async function renew (): Promise<void> {
    const now = await look().catch((error: NodeJS.ErrnoException) => error.message)
    if (now === seen) return
    try {
      const material = readTls(files)
      ;(fastify.server as unknown as Server).setSecureContext(material)
      seen = now
      fastify.log.info({ until: new X509Certificate(material.cert).validTo }, 'the new certificate is in use')
    } catch (error) {
      // Once for each state of the files, not with every look.
      if (refused !== now) fastify.log.warn(`The old certificate stays in use: ${(error as Error).message}`)
      refused = now
    }
  }

  let timer: NodeJS.Timeout
  const lookLater = () => {
    timer = setTimeout(() => { renew().finally(lookLater) }, everyMs).unref()
  }
  lookLater()
  fastify.addHook('onClose', async () => { clearTimeout(timer) })

  const until = new Date(new X509Certificate(readTls(files).cert).validTo)
  if (until.getTime() - Date.now() < warnBeforeMs) fastify.log.warn({ until: until.toISOString() }, 'the certificate of TLS_CERT ends soon: renew it; the new files are taken without a restart')
}, { name: 'tls-renewal' })
