/** Texts of Label Studio's HTTP client (requests), and what they mean. */
const clientTexts: ReadonlyArray<readonly [RegExp, string]> = [
  [/Connection refused|Errno 111/i, 'nothing listens there'],
  [/timed out|timeout/i, 'no answer came in time'],
  [/Name or service not known|NameResolutionError|getaddrinfo|Failed to resolve/i, 'the host name is not known there'],
  [/CERTIFICATE_VERIFY_FAILED|SSLError|certificate/i, 'Label Studio does not trust its certificate; name the file of its authority in REQUESTS_CA_BUNDLE there'],
  [/No route to host|Network is unreachable/i, 'there is no way to the host'],
  [/Expecting value|JSONDecodeError/i, 'what answers there is not this service']
]

/** What Label Studio's HTTP client said of a failed call, in few words: our own reason phrase where one came. */
export function plainReason (text: string): string {
  const phrase = /^(\d{3}) (?:Client|Server) Error: (.*) for url: \S+$/s.exec(text.trim())
  if (phrase !== null) return `${phrase[1]}, ${phrase[2]}`
  return clientTexts.find(([pattern]) => pattern.test(text))?.[1] ?? text.slice(0, 200)
}
