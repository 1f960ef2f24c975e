/** The diagram of docs/architecture.md is what the imports say. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { codeBlocks, root } from './documents.ts'

type Arrows = Map<string, Set<string>>

const diagram = codeBlocks('docs/architecture.md').find(({ language }) => language === 'mermaid')!.text
const boxes = new Map([...diagram.matchAll(/^ {2}([\w-]+)\["([^":]+):/gm)].map((match) => [match[1]!, match[2]!]))
const drawn = [...diagram.matchAll(/^ {2}([\w-]+) -->(?:\|[^|]*\|)? ([\w-]+)$/gm)].map((match) => `${match[1]} --> ${match[2]}`)

/** Box of a file; null for the files directly in src/, which everybody may import. */
function boxOf (file: string): string | null {
  const [top, second = '', ...rest] = file.split('/')
  if (top !== 'src') return top!
  if (['app.ts', 'serve.ts', 'server.ts'].includes(second)) return 'app'
  return second === 'cli.ts' ? 'cli' : rest.length > 0 ? second : null
}

/** Imports of code between boxes. */
function readImports (): Arrows {
  const arrows: Arrows = new Map()
  for (const top of ['models', 'workers', 'src', 'plugins']) {
    for (const name of readdirSync(join(root, top), { recursive: true }) as string[]) {
      const file = join(top, name)
      const from = boxOf(file)
      if (!file.endsWith('.ts') || from === null) continue
      for (const [, words, path] of readFileSync(join(root, file), 'utf8').matchAll(/(?:^|\s)(import|import [^']*?from|export [^']*?from|import\() ?'(\.[^']+)'/g)) {
        const to = boxOf(normalize(join(dirname(file), path!)))
        if (to !== null && to !== from && !/^(import|export) type /.test(words!)) arrows.set(from, (arrows.get(from) ?? new Set()).add(to))
      }
    }
  }
  return arrows
}

function reach (arrows: Arrows, from: string, seen = new Set<string>()): Set<string> {
  for (const to of arrows.get(from) ?? []) {
    if (!seen.has(to)) reach(arrows, to, seen.add(to))
  }
  return seen
}

t.test('its boxes are the folders', async (t) => {
  const subjects = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name)
  t.strictSame([...boxes.keys()].sort(), ['app', 'plugins', 'workers', 'models', ...subjects].sort())
  for (const [name, path] of boxes) t.equal(path, name === 'app' ? 'src/app.ts, src/serve.ts, src/server.ts' : subjects.includes(name) ? `src/${name}` : name)
})

t.test('its arrows are the imports', async (t) => {
  const all = readImports()
  for (const box of boxes.keys()) t.notOk(reach(all, box).has(box), `no circle through ${box}: ${[...all.get(box) ?? []].join(', ')}`)
  // Everybody may import facts; that workers/ alone needs them is what is drawn.
  const arrows: Arrows = new Map([...all].map(([from, to]) => [from, new Set([...to].filter((name) => name !== 'models' || from === 'workers'))]))
  const needed = [...arrows].flatMap(([from, to]) => [...to]
    .filter((name) => ![...to].some((other) => other !== name && reach(arrows, other).has(name)))
    .map((name) => `${from} --> ${name}`))
  t.strictSame(drawn.sort(), needed.sort())
})
