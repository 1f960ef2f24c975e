/** Whether a code of Node or OpenSSL says that the certificate of the other side is not trusted, or not for this name or time. */
export function isCertificateFault (code: unknown): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/.test(String(code))
}
