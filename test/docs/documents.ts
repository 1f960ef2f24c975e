/** The Markdown files of the project, and the code that stands in them. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export interface CodeBlock {
  /** Path inside the project. */
  file: string
  /** Of its first line. */
  line: number
  /** Behind the fence; '' where nothing is said. */
  language: string
  /** Behind the language: the file that it is to be saved as. */
  fileName: string
  text: string
}

/** Folders that hold nothing of ours. */
const foreign = new Set(['node_modules', 'dist', '.git', '.tap', '.cache', '.venv', 'venv'])

/** Paths of all Markdown files inside the project, ascending. */
export function markdownFiles (): string[] {
  const files: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(`${root}${folder}`, { withFileTypes: true })) {
      if (entry.isDirectory() && !foreign.has(entry.name)) walk(`${folder}${entry.name}/`)
      else if (entry.isFile() && entry.name.endsWith('.md')) files.push(`${folder}${entry.name}`)
    }
  }
  walk('')
  return files.sort()
}

export function readDocument (file: string): string {
  return readFileSync(`${root}${file}`, 'utf8')
}

/** The fenced blocks of a text, and what is indented as code behind an empty line; the indent of the block is taken away. */
export function codeBlocks (file: string, text = readDocument(file)): CodeBlock[] {
  const blocks: CodeBlock[] = []
  let fence: { indent: string, marks: string } | null = null
  let block: { line: number, language: string, fileName: string, lines: string[] } | null = null
  let previous = ''
  const end = (): void => {
    if (block !== null) blocks.push({ file, line: block.line, language: block.language, fileName: block.fileName, text: block.lines.join('\n').trimEnd() })
    block = null
  }
  for (const [index, line] of text.split('\n').entries()) {
    const opening = /^( *)(```+|~~~+) *([\w-]*) ?(\S*)/.exec(line)
    if (fence !== null) {
      if (opening !== null && opening[2] === fence.marks && opening[3] === '') {
        end()
        fence = null
      } else block!.lines.push(line.startsWith(fence.indent) ? line.slice(fence.indent.length) : line.trimStart())
    } else if (opening !== null) {
      end()
      fence = { indent: opening[1]!, marks: opening[2]! }
      block = { line: index + 2, language: opening[3]!, fileName: opening[4]!, lines: [] }
    } else if (line.startsWith('    ') && (block !== null || previous === '') && !/^ +([-*]|\d+\.) /.test(line)) {
      block ??= { line: index + 1, language: 'indented', fileName: '', lines: [] }
      block.lines.push(line.slice(4))
    } else if (line !== '') end()
    previous = line
  }
  end()
  return blocks
}

/** Commands between single backticks, outside of blocks. */
export function inlineCommands (file: string): Array<{ line: number, text: string }> {
  let inside = false
  return readDocument(file).split('\n').flatMap((line, index) => {
    if (/^ *(```|~~~)/.test(line)) inside = !inside
    if (inside) return []
    return [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
      .filter((text) => /^([A-Z_]+=\S* )*(npx|make|npm|docker|docker-compose|curl|bash|sh|systemctl|journalctl|python3?|pip|label-studio-rtmpose|node dist\/\S+) [\w'"-]/.test(text))
      .map((text) => ({ line: index + 1, text }))
  })
}

/**
 * The commands of a block of shell: one a line, lines that end in a backslash or inside quotes joined, comments taken away.
 * @returns with the line of the document on which each begins
 */
export function shellCommands ({ text, line }: Pick<CodeBlock, 'text' | 'line'>): Array<{ line: number, text: string }> {
  const commands: Array<{ line: number, text: string }> = []
  let open = ''
  let begin = line
  for (const [index, next] of text.split('\n').entries()) {
    if (open === '') begin = line + index
    const joined = open.endsWith('\\') ? `${open.slice(0, -1)}${next.trimStart()}` : `${open}\n${next}`
    open = open === '' ? next : joined
    if (open.endsWith('\\')) continue
    if (isWhole(open)) {
      const command = withoutComment(open).trim()
      if (command !== '') commands.push({ line: begin, text: command })
      open = ''
    }
  }
  if (open.trim() !== '') commands.push({ line: begin, text: open })
  return commands
}

/** Whether no quote is open. */
function isWhole (text: string): boolean {
  return quoteAfter(withoutComment(text)) === ''
}

function quoteAfter (text: string): string {
  let quote = ''
  for (const sign of text) {
    if (quote === '' && (sign === '"' || sign === "'")) quote = sign
    else if (sign === quote) quote = ''
  }
  return quote
}

function withoutComment (text: string): string {
  for (const { index } of text.matchAll(/(?<=^|\s)#/g)) {
    if (quoteAfter(text.slice(0, index)) === '') return text.slice(0, index)
  }
  return text
}
