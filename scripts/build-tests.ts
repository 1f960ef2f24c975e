import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { bundleOptions, workerPrograms } from './bundle-options.ts'

const root = bundleOptions.absWorkingDir
/** What tests start as a process or a thread. */
const programs = ['src/server.ts', 'src/cli.ts', ...workerPrograms, 'test/inference/fixtures/scripted-worker.ts']

/**
 * Puts test files and the programs that they start together, each at its path below outdir: test/x.test.ts becomes
 * outdir/test/x.test.js. In them `import.meta.url` is where the source lies, since fixtures and documents are found from it, and
 * `import.meta.filename` and `dirname` are where the built file lies, from which programs are found.
 * @param files paths of the tests, from the project's root
 */
export async function buildTests (files: string[], outdir: string): Promise<void> {
  await build({
    ...bundleOptions,
    entryPoints: [...new Set([...files, ...programs])],
    outdir,
    chunkNames: 'chunks/[name]-[hash]',
    // tap must be one for all; the others are programs or have files of their own.
    external: [...bundleOptions.external, 'tap', 'playwright-core', 'esbuild', 'tsx', 'typescript', 'wabt'],
    plugins: [{
      name: 'places',
      setup ({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, async ({ path }) => {
          const file = relative(root, path)
          if (file.startsWith('node_modules')) return null
          const place = join(outdir, file.replace(/\.ts$/, '.js'))
          const contents = (await readFile(path, 'utf8'))
            .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
            .replaceAll('import.meta.filename', JSON.stringify(place))
            .replaceAll('import.meta.dirname', JSON.stringify(join(place, '..')))
          return { contents, loader: 'ts' }
        })
      }
    }]
  })
}
