import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { cocoInfo, toCocoImage, type CocoForm } from './coco-form.ts'
import { hasNoSize, type ExportWriter } from './exported-picture.ts'
import { createTextFile } from './text-file.ts'

export const cocoFile = 'annotations.json'

/**
 * Writes annotations.json. A COCO file holds all pictures before all annotations, so the annotations wait in a file beside it.
 */
export async function createCocoWriter (folder: string, { category, toAnnotation }: CocoForm): Promise<ExportWriter> {
  const path = join(folder, cocoFile)
  const waiting = `${path}.annotations`
  const file = await createTextFile(path)
  const annotations = await createTextFile(waiting)
  let [images, people] = [0, 0]
  await file.append(`{\n"info": ${JSON.stringify(cocoInfo)},\n"licenses": [],\n"categories": ${JSON.stringify([category])},\n"images": [`)

  return {
    async add (picture) {
      if (picture.size === null) return hasNoSize
      await file.append(`${images++ === 0 ? '' : ','}\n${JSON.stringify(toCocoImage(picture))}`)
      for (const person of picture.people) await annotations.append(`${people++ === 0 ? '' : ','}\n${JSON.stringify(toAnnotation(person, picture.id))}`)
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
