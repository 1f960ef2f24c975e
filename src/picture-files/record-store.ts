import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import Compile from 'typebox/compile'
import type { PictureFile } from './list-pictures.ts'
import { PictureRecordSchema, type PictureRecord } from './picture-record.ts'
import { replaceDeepFile } from './replace-deep-file.ts'

export const recordsFolder = 'json'

// Every record of a run is checked twice, and compiled that takes a hundredth of the time.
const isRecord = Compile(PictureRecordSchema)

/** The records of all pictures, a file each: what is to be had of them, and what a further run goes on from. */
export interface RecordStore {
  /** What is known of a picture as it is now, by these models; null: nothing. */
  find (file: PictureFile): Promise<PictureRecord | null>
  /** Replaces what was there in one step. @throws Error of the file system */
  keep (record: PictureRecord): Promise<void>
  /** Removes what was there. @throws Error of the file system */
  forget (name: string): Promise<void>
}

/** @param out folder of the run @param modelVersion of the models and settings that count */
export function createRecordStore (out: string, modelVersion: string): RecordStore {
  const pathOf = (name: string): string => join(out, recordsFolder, `${name}.json`)
  return {
    async find ({ name, state }) {
      const record = await read(pathOf(name))
      if (record === null) return null
      const { bytes, modified } = record.picture
      return record.modelVersion === modelVersion && record.picture.name === name && bytes === state.bytes && modified === state.modified ? record : null
    },
    async keep (record) {
      await replaceDeepFile(pathOf(record.picture.name), `${JSON.stringify(record)}\n`)
    },
    forget: (name) => rm(pathOf(name), { force: true })
  }
}

/** null: there is none, or it cannot be used; then it is made anew. */
async function read (path: string): Promise<PictureRecord | null> {
  try {
    const record: unknown = JSON.parse(await readFile(path, 'utf8'))
    return isRecord.Check(record) ? record : null
  } catch {
    return null
  }
}
