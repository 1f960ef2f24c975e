import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'

/** How the programs of the service are put together, those of dist/ and those that the tests run: in few files with nearly all packages inside. */
export const bundleOptions = {
  absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
  outbase: '.',
  bundle: true,
  splitting: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  sourcemap: true,
  sourcesContent: false,
  // Native code, or files of their own beside their code.
  external: ['onnxruntime-node', 'sharp', 'piscina', '@fastify/swagger-ui'],
  // Packages in CommonJS ask for Node's own modules by require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning'
} as const satisfies BuildOptions

/** Programs of threads and processes, which are started by their file. */
export const workerPrograms = ['workers/index.ts', 'workers/parse-json.ts', 'workers/write-mapped-copies.ts']
