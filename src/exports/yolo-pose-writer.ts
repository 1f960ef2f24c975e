import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ExportWriter } from './exported-picture.ts'
import { faultOfName } from './fault-of-name.ts'
import type { PointLayout } from './point-layout.ts'
import { toYoloLine } from './to-yolo-line.ts'
import { yoloData } from './yolo-data.ts'

/** Writes data.yaml, and for each picture a file below labels/; that of a picture without people is empty. */
export async function createYoloPoseWriter (folder: string, layout: PointLayout): Promise<ExportWriter> {
  await mkdir(join(folder, 'labels'))
  await writeFile(join(folder, 'data.yaml'), yoloData(layout))
  return {
    async add ({ fileName, people }) {
      const path = join(folder, 'labels', `${fileName.replace(/\.[^./]*$/, '')}.txt`)
      try {
        await mkdir(dirname(path), { recursive: true })
        await writeFile(path, people.map(({ person }) => `${toYoloLine(person, layout)}\n`).join(''), { flag: 'wx' })
      } catch (error) {
        switch (faultOfName(error)) {
          case 'taken': return `has the name of another picture (${fileName}), and YOLO keeps one label per name: the first counts`
          case 'too long': return 'has a name too long for a file, and YOLO keeps its label in a file of the same name'
          case null: throw error
        }
      }
      return null
    },
    async finish () {},
    async close () {}
  }
}
