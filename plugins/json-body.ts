import fp from 'fastify-plugin'
import type { JsonParser } from '../src/inference/create-json-parser.ts'

/** Parses JSON bodies; large ones in a thread of their own, so that /health is answered meanwhile. */
export default fp(async function jsonBody (fastify, { parser }: { parser: JsonParser }) {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parser.parse(body))
  fastify.addHook('onClose', () => parser.close())
}, { name: 'json-body' })
