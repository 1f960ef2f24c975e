import fp from 'fastify-plugin'
import { createPoseError } from '../src/errors.ts'
import type { JsonParser } from '../src/inference/create-json-parser.ts'

/** Parses JSON bodies; large ones in a thread of their own, so that /health is answered meanwhile. */
export default fp(async function jsonBody (fastify, { parser }: { parser: JsonParser }) {
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => parser.parse(body))
  // A compressed body has no bound before it is unpacked, and Label Studio sends none.
  fastify.addHook('preParsing', async ({ headers }) => {
    const encoding = headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') throw createPoseError('UNSUPPORTED_MEDIA_TYPE', `compressed with ${encoding.slice(0, 20)}: bodies are taken uncompressed`)
  })
  fastify.addHook('onClose', () => parser.close())
}, { name: 'json-body' })
