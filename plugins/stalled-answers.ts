import fp from 'fastify-plugin'

export interface StalledAnswersOptions {
  /** Longest time without a byte of the answer that the client takes. */
  limitMs?: number
}

/** Ends connections whose client does not take its answer: an answer is held in memory until it is out, and may be hundreds of megabytes. */
export default fp(async function stalledAnswers (fastify, { limitMs = 60_000 }: StalledAnswersOptions) {
  fastify.addHook('onSend', async (request) => {
    // Node sets the time of the connection anew when the answer is out. Calls made up in tests have no connection.
    if (request.raw.socket.writable) request.raw.socket.setTimeout(limitMs)
  })
}, { name: 'stalled-answers' })
