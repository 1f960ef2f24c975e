import type { KeypointSet } from '../../models/keypoint-set.ts'
import { ExportFault } from '../exports/export-fault.ts'
import { exportFormats, type ExportFormat, type FormatName } from '../exports/export-format.ts'
import { layOutPoints } from '../exports/point-layout.ts'
import type { PoseFormat } from './pose-format.ts'
import { toExportedPicture } from './to-exported-picture.ts'

/**
 * A format of `export` for pictures outside Label Studio, with all points of the model.
 * @throws ExportFault when the model has other points than the format
 */
export function exportPoseFormat (name: FormatName, set: KeypointSet): PoseFormat {
  const { set: ofFormat, entries, create }: ExportFormat = exportFormats[name]
  if (ofFormat !== null && ofFormat !== set) throw new ExportFault(`--format ${name} has the points of ${ofFormat.id}, but the model those of ${set.id}: choose another MODE, or --format coco.`)
  return {
    name,
    entries,
    async create (folder) {
      const writer = await create(folder, layOutPoints(set))
      return { ...writer, add: (record, id) => writer.add(toExportedPicture(record, id)) }
    }
  }
}
