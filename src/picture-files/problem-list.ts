import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { csvLine } from '../exports/csv-line.ts'
import { problemsFile } from '../exports/export-tasks.ts'
import { createTextFile, type TextFile } from '../exports/text-file.ts'

export interface ProblemList {
  /** @param name of the picture @param code of the error; '' where it has none */
  add (name: string, code: string, problem: string): Promise<void>
  readonly count: number
  close (): Promise<void>
}

/**
 * Writes problems.csv as problems come, in place of that of an earlier run: what failed then is tried again. Without problems there is none.
 * @param onProblem told of each
 * @throws Error of the file system
 */
export async function createProblemList (out: string, onProblem: (line: string) => void): Promise<ProblemList> {
  const path = join(out, problemsFile)
  await rm(path, { force: true })
  let file: Promise<TextFile> | null = null
  let count = 0

  async function open (): Promise<TextFile> {
    const opened = await createTextFile(path)
    await opened.append(csvLine(['file_name', 'code', 'problem']))
    return opened
  }

  return {
    async add (name, code, problem) {
      count++
      file ??= open()
      // A name may hold codes that a terminal obeys.
      onProblem(`${name}: ${code === '' ? '' : `${code} `}${problem}`.replace(/\p{C}/gu, ''))
      await (await file).append(csvLine([name, code, problem]))
    },
    get count () { return count },
    async close () {
      await (await file)?.close()
    }
  }
}
