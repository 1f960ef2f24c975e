/** Every link of a Markdown file to another file or heading leads somewhere. */
import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t from 'tap'
import { markdownFiles, readDocument, root } from './documents.ts'

/** What is not code. */
const proseOf = (text: string) => text.replace(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, '').replace(/`[^`\n]*`/g, '')

/** As GitHub makes them: lower case, no punctuation, spaces to hyphens; a repeated one is numbered. */
function anchorsOf (text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of text.replace(/^( *)(```+|~~~+)[^]*?^\1\2 *$/gm, '').matchAll(/^#+ +(.+?)\s*$/gm)) {
    const plain = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-')
    let anchor = plain
    for (let number = 1; anchors.has(anchor); number++) anchor = `${plain}-${number}`
    anchors.add(anchor)
  }
  return anchors
}

for (const file of markdownFiles()) {
  t.test(file, async (t) => {
    for (const [, target] of proseOf(readDocument(file)).matchAll(/\]\(<?([^)>\s]+)>?(?: "[^"]*")?\)/g)) {
      if (/^(https?|mailto):/.test(target!)) continue
      const [path = '', anchor] = target!.split('#')
      const found = path === '' ? file : normalize(join(dirname(file), decodeURI(path)))
      t.notOk(found.startsWith('..'), `${target} stays inside the project`)
      t.ok(existsSync(`${root}${found}`), `${target} is there`)
      if (anchor !== undefined && found.endsWith('.md') && existsSync(`${root}${found}`)) t.ok(anchorsOf(readDocument(found)).has(anchor), `${target} has its heading`)
    }
  })
}

t.test('every page of docs/ is in its index', async (t) => {
  const index = readDocument('docs/README.md')
  for (const file of markdownFiles().filter((file) => /^docs\/[^/]+\.md$/.test(file) && file !== 'docs/README.md')) t.ok(index.includes(`(${file.slice('docs/'.length)})`), file)
})
