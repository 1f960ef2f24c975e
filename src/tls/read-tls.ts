import { constants, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { ConfigError } from '../config.ts'

export interface TlsFiles {
  /** PEM: the certificate, and behind it those between it and the authority. */
  cert: string
  key: string
  /** PEM: authorities of the certificates that clients must have; null: they need none. */
  clientCa: string | null
}

/** What node:https takes. */
export interface TlsMaterial {
  cert: Buffer
  key: Buffer
  ca?: Buffer
  secureOptions?: number
}

/**
 * Reads the files of TLS_CERT, TLS_KEY and TLS_CLIENT_CA, and tries whether they belong together.
 * @throws ConfigError whose message names the variable and what is wrong
 */
export function readTls ({ cert, key, clientCa }: TlsFiles): TlsMaterial {
  const material: TlsMaterial = {
    cert: readPem('TLS_CERT', cert),
    key: readPem('TLS_KEY', key),
    // A resumed session keeps what was found of its certificate at first: a client that was refused once, because a clock was wrong, would
    // be refused for as long as it goes on resuming, and one whose certificate has ended would be let in.
    ...(clientCa !== null && { ca: readPem('TLS_CLIENT_CA', clientCa), secureOptions: constants.SSL_OP_NO_TICKET })
  }
  readCertificate('TLS_CERT', cert, material.cert)
  if (material.ca !== undefined) readCertificate('TLS_CLIENT_CA', clientCa!, material.ca)
  try {
    createSecureContext(material)
  } catch (error) {
    throw new ConfigError(`TLS_CERT=${cert} and TLS_KEY=${key} cannot be used together: ${(error as Error).message}`)
  }
  return material
}

function readPem (variable: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ConfigError(`${variable}=${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** An expired one is no reason to refuse the start: the new one may come while the service runs. */
function readCertificate (variable: string, path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw new ConfigError(`${variable}=${path} holds no certificate: allowed is a file in PEM form that begins with -----BEGIN CERTIFICATE-----`)
  }
}
