/** The map of the tree that eslint cannot see: no two folders import each other, on whatever way round. */
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const project = fileURLToPath(new URL('..', import.meta.url))

/** Rooms: the folders of src and plugins each, workers and models as one; a file that lies in src itself is a room of its own. */
function roomOf (path: string): string {
  const [top, folder, ...below] = path.split(sep)
  return top === 'src' && below.length > 0 ? `src/${folder}` : top === 'src' ? path : top!
}

t.test('imports between rooms run in no circle', async (t) => {
  const arrows = new Map<string, Map<string, string>>()
  for (const top of ['models', 'workers', 'src', 'plugins']) {
    for (const name of await readdir(join(project, top), { recursive: true })) {
      if (!name.endsWith('.ts')) continue
      const file = join(top, name)
      for (const [, target] of (await readFile(join(project, file), 'utf8')).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
        const [from, to] = [roomOf(file), roomOf(join(dirname(file), target!))]
        if (from === to) continue
        const known = arrows.get(from) ?? new Map<string, string>()
        arrows.set(from, known.set(to, `${file} imports ${target}`))
      }
    }
  }
  t.ok(arrows.size > 12, 'rooms were found')
  const done = new Set<string>()
  for (const room of arrows.keys()) visit(room, [])

  function visit (room: string, way: readonly string[]): void {
    if (way.includes(room)) {
      const circle = [...way.slice(way.indexOf(room)), room]
      t.fail(`${circle.join(' -> ')}: ${circle.slice(1).map((to, index) => arrows.get(circle[index]!)!.get(to)).join('; ')}`)
      return
    }
    if (done.has(room)) return
    for (const to of arrows.get(room)?.keys() ?? []) visit(to, [...way, room])
    done.add(room)
  }
})
