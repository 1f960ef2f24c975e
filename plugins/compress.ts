import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import fp from 'fastify-plugin'

/** One person is 37 KB of JSON that shrinks to a tenth; low levels, because the cores belong to the networks. */
export default fp(async function compressAnswers (fastify) {
  await fastify.register(compress, {
    global: true,
    encodings: ['br', 'gzip'],
    threshold: 2048,
    zlibOptions: { level: 2 },
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } },
    globalDecompression: false
  })
}, { name: 'compress' })
