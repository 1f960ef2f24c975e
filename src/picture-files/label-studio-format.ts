import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { ExportFault } from '../exports/export-fault.ts'
import { createTextFile, type TextFile } from '../exports/text-file.ts'
import type { PicturePlan } from '../label-studio/control-plan.ts'
import { matchControls } from '../label-studio/match-controls.ts'
import { parseLabelConfig } from '../label-studio/parse-label-config.ts'
import { toPrediction } from '../label-studio/to-prediction.ts'
import { addressBelow } from './address-below.ts'
import { peopleOfRecord, type PictureRecord } from './picture-record.ts'
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
export function labelStudioFormat ({ labelConfig, set, fileLength = 50e6, ...options }: LabelStudioFormatOptions): PoseFormat {
  const { pictures } = matchControls(parseLabelConfig(labelConfig), set)
  const [plan] = pictures
  const key = /^\$(\w+)$/.exec(plan?.image.value ?? '')?.[1]
  if (pictures.length !== 1 || plan === undefined || key === undefined || plan.image.multi) {
    throw new ExportFault('The labelling interface must have one Image tag to fill, with value="$<name>": a task of a file is one picture.')
  }
  return {
    name: 'label-studio',
    entries: [configFile, tasksFolder],
    async create (folder) {
      await writeFile(join(folder, configFile), labelConfig)
      await mkdir(join(folder, tasksFolder))
      return createTasksWriter(join(folder, tasksFolder), fileLength, (record) => JSON.stringify({
        data: { [key]: addressBelow(options.pictureRoot, record.picture.name) },
        predictions: [predict(record, plan)]
      }))
    }
  }

  function predict (record: PictureRecord, plan: PicturePlan) {
    const { width, height } = record.picture
    return toPrediction([{ plan, itemIndex: null, width, height, people: peopleOfRecord(record) }], { ...options, keypointSet: set })
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
