import { join } from 'node:path'
import { stageFolder, type StagedFolder } from '../exports/staged-folder.ts'
import type { FoundFile } from './list-pictures.ts'
import type { PoseFormat, PoseWriter } from './pose-format.ts'
import type { ProblemList } from './problem-list.ts'
import type { RecordStore } from './record-store.ts'

export interface StagedFormat {
  format: PoseFormat
  folder: StagedFolder
}

/**
 * A folder below `out` for each format, where an earlier run may have left files; what is there stays until others are complete.
 * @throws ExportFault when something is there that no run has written; Error of the file system
 */
export async function stageFormats (out: string, formats: readonly PoseFormat[]): Promise<StagedFormat[]> {
  const staged: StagedFormat[] = []
  try {
    for (const format of formats) staged.push({ format, folder: await stageFolder(join(out, format.name), format.entries) })
    return staged
  } catch (error) {
    for (const { folder } of staged) await folder.discard()
    throw error
  }
}

export interface WriteFormatsOptions {
  records: RecordStore
  problems: ProblemList
  /** What stands in the export.json of each beside its name. */
  facts: object
  /** Ends it; what was there stays. null: nothing does. */
  signal: AbortSignal | null
  /** After each picture. */
  onProgress: (done: number) => void
}

/**
 * Writes every format from the records there are. A picture's number is its place among all pictures, so that it stays when
 * one that is missing now comes later.
 * @throws Error of the file system; the signal's reason
 */
export async function writeFormats (files: AsyncIterable<FoundFile>, staged: readonly StagedFormat[], { records, problems, facts, signal, onProgress }: WriteFormatsOptions): Promise<void> {
  const open: Array<StagedFormat & { writer: PoseWriter }> = []
  try {
    for (const { format, folder } of staged) open.push({ format, folder, writer: await format.create(folder.path) })
    let id = 0
    for await (const file of files) {
      signal?.throwIfAborted()
      id++
      const record = 'fault' in file ? null : await records.find(file)
      for (const { format, writer } of record === null ? [] : open) {
        const refusal = await writer.add(record!, id)
        if (refusal !== null) await problems.add(file.name, '', `The picture is not in ${format.name}: it ${refusal}.`)
      }
      onProgress(id)
    }
    for (const { writer } of open) await writer.finish()
  } finally {
    await Promise.all(open.map(({ writer }) => writer.close()))
  }
  for (const { format, folder } of open) await folder.commit({ ...facts, format: format.name }, signal ?? undefined)
}
