/** Whether two addresses lead to the same place: the case of the host, the default port and a slash at the end do not matter. */
export function isSameAddress (one: string, other: string): boolean {
  return normalize(one) === normalize(other)
}

function normalize (address: string): string {
  if (!URL.canParse(address)) return address
  const { origin, pathname, search } = new URL(address)
  return origin + pathname.replace(/\/+$/, '') + search
}
