import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { version } from '../version.ts'
import type { ExportedPerson, ExportWriter } from './exported-picture.ts'
import { createTextFile } from './text-file.ts'

export const cocoFile = 'annotations.json'

export interface CocoOptions {
  category: object
  toAnnotation (person: ExportedPerson, imageId: number): object
}

/**
 * Writes annotations.json. A COCO file holds all pictures before all annotations, so the annotations wait in a file beside it.
 */
export async function createCocoWriter (folder: string, { category, toAnnotation }: CocoOptions): Promise<ExportWriter> {
  const path = join(folder, cocoFile)
  const waiting = `${path}.annotations`
  const file = await createTextFile(path)
  const annotations = await createTextFile(waiting)
  let [images, people] = [0, 0]
  const info = { description: 'People with their keypoints', version, contributor: 'label-studio-rtmpose' }
  await file.append(`{\n"info": ${JSON.stringify(info)},\n"licenses": [],\n"categories": ${JSON.stringify([category])},\n"images": [`)

  return {
    async add ({ id, fileName, size, task, page, address, people: exported }) {
      if (size === null) return 'has nobody on it, and no region that tells its size'
      const image = { id, file_name: fileName, ...size, ...(task === null ? {} : { task }), ...(page === null ? {} : { page }), ...(address === null ? {} : { address }) }
      await file.append(`${images++ === 0 ? '' : ','}\n${JSON.stringify(image)}`)
      for (const person of exported) await annotations.append(`${people++ === 0 ? '' : ','}\n${JSON.stringify(toAnnotation(person, id))}`)
      return null
    },
    async finish () {
      await file.append('\n],\n"annotations": [')
      await annotations.append('\n]\n}\n')
      await Promise.all([file.close(), annotations.close()])
      await pipeline(createReadStream(waiting), createWriteStream(path, { flags: 'a' }))
      await rm(waiting)
    },
    async close () {
      await Promise.all([file.close(), annotations.close()])
    }
  }
}
