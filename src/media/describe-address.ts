const LONGEST = 120

/**
 * An address for error messages and logs: without query and fragment (signatures, tokens), user and password,
 * payload of data: addresses and control characters, and cut to a readable length.
 */
export function describeAddress (address: string | URL): string {
  const text = typeof address === 'string' ? address.trim() : address.href
  if (/^data:/i.test(text)) return 'data: address'
  const bare = text.slice(0, 4096)
    .replace(/\p{C}/gu, '')
    .replace(/[?#][^]*$/, '')
    .replace(/^([a-z][a-z0-9+.-]*:[\\/]*|[\\/]{2,})[^\\/]*@/i, '$1')
  return bare.length > LONGEST ? `${bare.slice(0, LONGEST)}...` : bare
}
