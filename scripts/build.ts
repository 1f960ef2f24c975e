/**
 * Builds dist/: the service, the command line and the programs of threads and processes beside them, each in few files with nearly all packages inside. Reading the
 * 1,500 small files of the packages one by one took most of the start (docs/decisions/0007).
 * Types are not checked here: npm run typecheck.
 */
import { cp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))

await rm(`${root}dist`, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: ['src/server.ts', 'src/cli.ts', 'workers/index.ts', 'workers/parse-json.ts', 'workers/write-mapped-copies.ts'],
  outbase: '.',
  outdir: 'dist',
  bundle: true,
  splitting: true,
  // Beside server.js: src/package-path.ts and src/worker-file.ts find other files from where they lie.
  chunkNames: 'src/[name]-[hash]',
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
})
// Served as it is.
await cp(`${root}plugins/playground/page`, `${root}dist/plugins/playground/page`, { recursive: true })
