import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { createTextFile, type TextFile } from '../exports/text-file.ts'
import { addressBelow } from './address-below.ts'
import { createTaskMaker } from './create-task-maker.ts'
import type { PictureRecord } from './picture-record.ts'
import type { PoseFormat, PoseWriter } from './pose-format.ts'

export interface LabelStudioFormatOptions {
  /** The labelling interface. */
  labelConfig: string
  /** What stands before the names of the pictures, see addressBelow. */
  pictureRoot: string
  set: KeypointSet
  modelVersion: string
  /** Percent of the picture's width. */
  keypointSize: number
  /** Most characters of one file: Label Studio takes 200 MB at once, and answers when all of it is stored. */
  fileLength?: number
}

const tasksFolder = 'tasks'
const configFile = 'label-config.xml'

/**
 * Tasks with predictions, as Label Studio imports them, and the labelling interface that they are made for.
 * @throws PoseError LABEL_CONFIG_*; ExportFault when the interface has not exactly one picture whose address is a value of the task
 */
export function labelStudioFormat ({ labelConfig, set, pictureRoot, modelVersion, keypointSize, fileLength = 50e6 }: LabelStudioFormatOptions): PoseFormat {
  const toTask = createTaskMaker({ labelConfig, set, keypointSize, addressOf: (name) => addressBelow(pictureRoot, name), modelVersionOf: () => modelVersion })
  return {
    name: 'label-studio',
    entries: [configFile, tasksFolder],
    async create (folder) {
      await writeFile(join(folder, configFile), labelConfig)
      await mkdir(join(folder, tasksFolder))
      return createTasksWriter(join(folder, tasksFolder), fileLength, (record) => JSON.stringify(toTask(record)))
    }
  }
}

/** Lists of tasks, each small enough for one import; there is at least one. */
function createTasksWriter (folder: string, fileLength: number, toText: (record: PictureRecord) => string): PoseWriter {
  let file: TextFile | null = null
  let files = 0
  let length = 0

  async function append (text: string): Promise<void> {
    if (file !== null && length + text.length > fileLength) await end()
    const isFirst = file === null
    file ??= await createTextFile(join(folder, `tasks-${++files}.json`))
    await file.append(`${isFirst ? '[' : ','}\n${text}`)
    length += text.length
  }

  async function end (): Promise<void> {
    await file?.append('\n]\n')
    await file?.close()
    file = null
    length = 0
  }

  return {
    async add (record) {
      await append(toText(record))
      return null
    },
    finish: end,
    close: async () => { await file?.close() }
  }
}
