/** First words of answers that say nothing of a request, but of Redis, its password, or what the user may do there. */
const words = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'READONLY', 'OOM', 'MISCONF', 'LOADING']

/** @returns the first word of Redis's answer where it answers and refuses, otherwise null; nothing secret is in it */
export function redisRefusal (error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null
  // A refused transaction only says that one of its commands was refused.
  const { previousErrors: [cause = error] = [] } = error as { previousErrors?: Error[] }
  const word = cause.message.split(' ', 1)[0]!
  return words.includes(word) ? word : null
}
