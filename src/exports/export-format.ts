import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoForm, cocoWholebodyForm } from './coco-form.ts'
import { cocoFile, createCocoWriter } from './coco-writer.ts'
import { createCsvWriter, csvFile } from './csv-writer.ts'
import type { ExportWriter } from './exported-picture.ts'
import type { PointLayout } from './point-layout.ts'
import { createYoloPoseWriter } from './yolo-pose-writer.ts'

export interface ExportFormat {
  /** The keypoint set it is made for; null: any, with the points that the interface asks for. */
  set: KeypointSet | null
  /** Files and folders that it writes. */
  entries: readonly string[]
  create (folder: string, layout: PointLayout): Promise<ExportWriter>
}

export const exportFormats = {
  'coco-wholebody': {
    set: cocoWholebody133,
    entries: [cocoFile],
    create: (folder) => createCocoWriter(folder, cocoWholebodyForm)
  },
  coco: {
    set: null,
    entries: [cocoFile],
    create: (folder, layout) => createCocoWriter(folder, cocoForm(layout))
  },
  'yolo-pose': { set: null, entries: ['data.yaml', 'labels'], create: createYoloPoseWriter },
  csv: { set: null, entries: [csvFile], create: createCsvWriter }
} as const satisfies Record<string, ExportFormat>

export type FormatName = keyof typeof exportFormats
