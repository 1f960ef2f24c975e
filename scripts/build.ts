/**
 * Builds dist/: the service, the command line and the programs of threads and processes beside them, each in few files with nearly all packages inside. Reading the
 * 1,500 small files of the packages one by one took most of the start (docs/decisions/0007).
 * Types are not checked here: npm run typecheck.
 */
import { cp, rm } from 'node:fs/promises'
import { build } from 'esbuild'
import { bundleOptions, workerPrograms } from './bundle-options.ts'

const root = bundleOptions.absWorkingDir

await rm(`${root}dist`, { recursive: true, force: true })
await build({
  ...bundleOptions,
  entryPoints: ['src/server.ts', 'src/cli.ts', ...workerPrograms],
  outdir: 'dist',
  // Beside server.js: src/package-path.ts and src/worker-file.ts find other files from where they lie.
  chunkNames: 'src/[name]-[hash]'
})
// Served as it is.
await cp(`${root}plugins/playground/page`, `${root}dist/plugins/playground/page`, { recursive: true })
