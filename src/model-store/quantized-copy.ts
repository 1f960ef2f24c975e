import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import Type, { type Static } from 'typebox'
import { Value } from 'typebox/value'
import type { DetectorEntry, PoseEntry } from '../../models/model-entry.ts'
import { starterDetector, starterInt8, starterPose } from '../../models/registry/starter.ts'
import type { LocatedModel, Role } from '../../workers/protocol.ts'
import { knownSha256, type HashMemory } from './known-sha256.ts'
import type { LocatedModels } from './locate-models.ts'
import { replaceFile } from './replace-file.ts'
import { starterFolder } from '../starter-folder.ts'

/** What is known of an int8 copy of a network, in a file beside it. */
const QuantizedCopySchema = Type.Object({
  role: Type.Union([Type.Literal('detector'), Type.Literal('pose')]),
  /** SHA-256 of the network it was made from. */
  original: Type.String(),
  title: Type.String(),
  /** null: no copy was kept, for the reason in `refused`. */
  copy: Type.Union([Type.Object({ sha256: Type.String(), bytes: Type.Integer() }), Type.Null()]),
  refused: Type.Union([Type.String(), Type.Null()]),
  /** How it was made and how it compares with the original. */
  recipe: Type.Array(Type.String()),
  pictures: Type.Integer(),
  people: Type.Integer(),
  oks: Type.Number(),
  missed: Type.Number(),
  added: Type.Number(),
  timesFaster: Type.Number(),
  processor: Type.String()
})
export type QuantizedCopy = Static<typeof QuantizedCopySchema>

/** Where int8 copies lie, by the content of their originals. */
export function quantizedFolder (modelDir: string): string {
  return join(modelDir, 'int8')
}

/** Path of the copy of the network with this SHA-256; it need not be there. */
export function quantizedPath (modelDir: string, sha256: string): string {
  return join(quantizedFolder(modelDir), `${sha256.slice(0, 16)}.onnx`)
}

function factsPath (modelDir: string, sha256: string): string {
  return join(quantizedFolder(modelDir), `${sha256.slice(0, 16)}.json`)
}

/** Writes the facts, and moves the file at `made` to its place; without one an older copy is removed. */
export async function keepQuantizedCopy (modelDir: string, copy: QuantizedCopy, made: string | null): Promise<void> {
  await mkdir(quantizedFolder(modelDir), { recursive: true })
  const path = quantizedPath(modelDir, copy.original)
  // Between the two steps the facts do not fit the file, and then it is not used.
  if (made === null) await rm(path, { force: true })
  else await rename(made, path)
  await replaceFile(factsPath(modelDir, copy.original), JSON.stringify(copy, null, 1))
}

/**
 * The models with their int8 copies where there are good ones, the others as they are with a warning for each: like a device that
 * cannot be had, a missing copy costs time, not answers.
 * @param memory remembers the hashes of large copies
 */
export async function useQuantizedCopies <Models extends LocatedModels> (models: Models, modelDir: string, memory: HashMemory | null = null): Promise<{ models: Models, warnings: string[] }> {
  const warnings: string[] = []
  async function choose<Entry extends DetectorEntry | PoseEntry> (role: Role, model: LocatedModel<Entry>): Promise<LocatedModel<Entry>> {
    const found = await findQuantizedCopy(modelDir, model.sha256, memory)
    if (typeof found !== 'string') return { path: found.path, sha256: found.sha256, entry: model.entry === null ? null : { ...model.entry, title: `${model.entry.title} int8` } }
    warnings.push(`PRECISION=int8: the ${role} runs in fp32, ${found}`)
    return model
  }
  return { models: { ...models, detector: await choose('detector', models.detector), pose: await choose('pose', models.pose) }, warnings }
}

/** @returns the copy, or why it cannot be used */
async function findQuantizedCopy (modelDir: string, sha256: string, memory: HashMemory | null): Promise<{ path: string, sha256: string } | string> {
  const remedy = 'Make one with "label-studio-rtmpose models quantize --pictures <folder>".'
  const facts = await readFile(factsPath(modelDir, sha256), 'utf8').then(parseFacts, () => null)
  if (facts === null || facts.original !== sha256) return builtInCopy(sha256) ?? `because there is no int8 copy of it in ${quantizedFolder(modelDir)}. ${remedy}`
  if (facts.copy === null) return `because its int8 copy was refused: ${facts.refused ?? 'no reason given'}`
  const path = quantizedPath(modelDir, sha256)
  const size = await stat(path).then((entry) => entry.size, () => null)
  if (size !== facts.copy.bytes || await knownSha256(path, memory) !== facts.copy.sha256) return `because ${path} is missing or damaged. ${remedy}`
  return { path, sha256: facts.copy.sha256 }
}

/** The starter networks bring theirs; one that was made and judged on the user's own pictures goes before it. */
function builtInCopy (sha256: string): { path: string, sha256: string } | null {
  const copy = sha256 === starterPose.sha256 ? starterInt8.pose : sha256 === starterDetector.sha256 ? starterInt8.detector : null
  return copy === null ? null : { path: join(starterFolder(), copy.file), sha256: copy.sha256 }
}

function parseFacts (text: string): QuantizedCopy | null {
  try {
    const data: unknown = JSON.parse(text)
    return Value.Check(QuantizedCopySchema, data) ? data : null
  } catch {
    return null
  }
}
