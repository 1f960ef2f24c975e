/** Every command of the documents with its rule, and the blocks that they stand in. */
import { ruleFor, settingsInFront, type CommandRule } from './command-rules.ts'
import { codeBlocks, inlineCommands, markdownFiles, shellCommands, type CodeBlock } from './documents.ts'

export interface DocumentedCommand {
  file: string
  line: number
  text: string
  /** null: none fits. */
  rule: CommandRule | null
  /** null: it stands in running text. */
  block: CodeBlock | null
}

const shells = new Set(['sh', 'bash', 'indented'])

export const blocks: readonly CodeBlock[] = markdownFiles().flatMap((file) => codeBlocks(file))

export const commandsInBlocks: readonly DocumentedCommand[] = blocks.filter(({ language }) => shells.has(language))
  .flatMap((block) => shellCommands(block).map((command) => ({ ...command, file: block.file, block, rule: ruleFor(command.text) })))

export const commandsInText: readonly DocumentedCommand[] = markdownFiles()
  .flatMap((file) => inlineCommands(file).map((command) => ({ ...command, file, block: null, rule: ruleFor(command.text) })))

/** For the names of tests. */
export const placeOf = ({ file, line }: DocumentedCommand): string => `${file}:${line}`

/** Without the settings in front. */
export const wordsOf = ({ text }: DocumentedCommand): string => text.replace(settingsInFront, '')

/** Commands in running text that are to be run, and whose words no command of a block has, so that nothing else runs them. */
export const commandsOnlyInText: readonly DocumentedCommand[] = commandsInText.filter((command) => {
  if (command.rule?.how !== 'run') return false
  const wanted = wordsOf(command).split(/\s+/)
  return !commandsInBlocks.some((other) => other.rule?.how === 'run' && wanted.every((word) => wordsOf(other).split(/\s+/).includes(word)))
})
