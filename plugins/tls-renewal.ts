import { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Server } from 'node:https'
import fp from 'fastify-plugin'
import { readTls, type TlsFiles, type TlsMaterial } from '../src/tls/read-tls.ts'

export interface TlsRenewalOptions {
  files: TlsFiles
  /** What the server has begun with, read from them. */
  inUse: TlsMaterial
  /** Milliseconds between two looks at the files. */
  everyMs?: number
}

/** Warns once a day of a certificate that ends within a week, also where renewing it has failed while the service ran. */
const dayMs = 24 * 60 * 60 * 1000
const warnBeforeMs = 7 * dayMs

/**
 * Takes new certificate files while the service runs. Open connections keep theirs, new ones get the new one. Files are looked at
 * rather than watched: renewers and Kubernetes replace the folder, not the file. While only one of a pair has come, the old pair stays.
 */
export default fp(async function tlsRenewal (fastify, { files, inUse, everyMs = 5000 }: TlsRenewalOptions) {
  const paths = [files.cert, files.key, ...(files.clientCa === null ? [] : [files.clientCa])]
  const look = async () => JSON.stringify(await Promise.all(paths.map(async (path) => {
    const { mtimeMs, ino, size } = await stat(path)
    return [mtimeMs, ino, size]
  })))
  let seen = await look().catch(() => '')
  let refused = ''
  let until = endOf(inUse.cert)
  let warnedAt = -Infinity
  let isClosed = false

  function warnOfEnd (): void {
    if (until.getTime() - Date.now() >= warnBeforeMs || performance.now() - warnedAt < dayMs) return
    warnedAt = performance.now()
    fastify.log.warn({ until: until.toISOString() }, 'the certificate of TLS_CERT ends soon: renew it; the new files are taken without a restart')
  }

  async function renew (): Promise<void> {
    const now = await look().catch((error: NodeJS.ErrnoException) => error.message)
    if (now === seen) return
    try {
      const material = readTls(files)
      ;(fastify.server as unknown as Server).setSecureContext(material)
      seen = now
      until = endOf(material.cert)
      warnedAt = -Infinity
      fastify.log.info({ until: until.toISOString() }, 'the new certificate is in use')
    } catch (error) {
      // Once for each state of the files, not with every look.
      if (refused !== now) fastify.log.warn(`The old certificate stays in use: ${(error as Error).message}`)
      refused = now
    }
  }

  let timer: NodeJS.Timeout
  const lookLater = () => {
    warnOfEnd()
    // A look that was on its way at the close must not begin another one.
    if (!isClosed) timer = setTimeout(() => { renew().finally(lookLater) }, everyMs).unref()
  }
  lookLater()
  fastify.addHook('onClose', async () => {
    isClosed = true
    clearTimeout(timer)
  })
}, { name: 'tls-renewal' })

function endOf (pem: Buffer): Date {
  return new Date(new X509Certificate(pem).validTo)
}
