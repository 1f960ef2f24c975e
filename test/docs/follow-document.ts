import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import { blocks, commandsInBlocks, commandsOnlyInText, placeOf, type DocumentedCommand } from './documented-commands.ts'
import type { CodeBlock } from './documents.ts'
import { lacksFields, lacksForm } from './shown-output.ts'
import type { Clone } from './stand-in-clone.ts'

/**
 * A document from top to bottom: files are written, commands run, and what is shown behind a block is printed by one of its commands. Last
 * come the commands that stand in running text alone.
 */
export async function followDocument (t: Test, clone: Clone, file: string): Promise<void> {
  const printed = new Map<CodeBlock, string[]>()
  for (const block of blocks.filter((block) => block.file === file)) {
    if (block.fileName !== '') await clone.save(block.fileName, block.text)
    for (const command of commandsInBlocks.filter((command) => command.block === block && command.rule?.how === 'run')) {
      printed.set(block, [...printed.get(block) ?? [], await run(t, clone, command)])
    }
  }
  for (const [block, outputs] of printed) {
    const next = blocks[blocks.indexOf(block) + 1]
    // Shown output is a block of JSON or without a language, two or three lines below.
    if (next?.file !== file || !['', 'json'].includes(next.language) || next.fileName !== '' || next.line - block.line > block.text.split('\n').length + 4) continue
    if (outputs.every((output) => output === '')) continue
    const faults = outputs.map((output) => next.language === 'json' ? lacksFields(JSON.parse(next.text), JSON.parse(output)) : lacksForm(next.text, output))
    t.ok(faults.includes(null), `${file}:${next.line}: what is shown is printed so${faults.includes(null) ? '' : `; not printed: ${faults.join(' | ')}\n${outputs.join('\n---\n')}`}`)
  }
  for (const command of commandsOnlyInText.filter((command) => command.file === file)) await run(t, clone, command)
}

/** @returns what it has printed */
async function run (t: Test, clone: Clone, command: DocumentedCommand): Promise<string> {
  const lack = lackingProgram(command)
  if (lack !== null) {
    t.pass(`${placeOf(command)}: ${command.text}`, { skip: `needs ${lack}` })
    return ''
  }
  const { exits = [0], json = false } = command.rule!
  const begin = performance.now()
  const { code, out, err } = await clone.run(command.text, command.block?.language === 'bash' ? 'bash' : 'sh')
  const isRight = exits.includes(code ?? -1)
  t.ok(isRight, `${placeOf(command)}: ${command.text} (exit code ${code}, ${Math.round(performance.now() - begin)} ms)${isRight ? '' : `\n${(out + err).slice(-1000)}`}`)
  if (json) t.doesNotThrow(() => JSON.parse(out), `${placeOf(command)} answers in JSON`)
  return out
}

/** Programs that are not part of every machine. */
function lackingProgram ({ text }: DocumentedCommand): string | null {
  const needed = /^curl |\.sh\b/.test(text) ? 'curl' : text.startsWith('python3 ') ? 'python3' : null
  return needed !== null && spawnSync(needed, ['--version']).error !== undefined ? needed : null
}
