/** What codes of undici, node:net and node:dns mean to a person, wherever an exchange fails. */
export const networkFaultSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke',
  EPIPE: 'the connection broke',
  UND_ERR_SOCKET: 'the connection broke',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'fewer or more bytes came than announced',
  ETIMEDOUT: 'the connection could not be made in time',
  UND_ERR_PARSER: 'what came is no HTTP',
  UND_ERR_CONNECT_TIMEOUT: 'the connection could not be made in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer came in time',
  UND_ERR_BODY_TIMEOUT: 'the bytes stopped coming',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the host',
  EAI_AGAIN: 'the name server did not answer',
  ENOTFOUND: 'the host name is not known'
}
