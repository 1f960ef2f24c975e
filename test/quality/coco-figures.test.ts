import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { createAveragePrecision } from '../../src/quality/average-precision.ts'
import { qualityParts } from '../../src/quality/quality-parts.ts'
import { randomComparison } from '../factories/compared-people.ts'
import { temporaryFolder } from '../factories/exported-tasks.ts'

/** A Python that has the packages of test/exports/requirements.txt. */
const python = process.env['EXPORTS_PYTHON'] || 'python3'
const lacksReaders = spawnSync(python, ['-c', 'import pycocotools.coco, xtcocotools.coco']).status === 0
  ? false
  : 'needs pycocotools and xtcocotools: pip install -r test/exports/requirements.txt, and name that Python in EXPORTS_PYTHON'

const parts = qualityParts(cocoWholebody133)
const { sigmas } = cocoWholebody133
const figures = ['ap', 'ap50', 'ap75', 'apMedium', 'apLarge', 'ar', 'ar50', 'ar75', 'arMedium', 'arLarge'] as const

for (const [pictures, seed] of [[5, 1], [40, 2], [120, 3]] as const) {
  t.test(`AP and AR of ${pictures} pictures are those of pycocotools and xtcocotools (seed ${seed})`, { skip: lacksReaders, timeout: 240_000 }, async (t) => {
    const comparison = randomComparison(pictures, seed)
    const plain = (people: typeof comparison[0]['truths']) => people.map((person) => ({ ...person, points: [...person.points] }))
    const file = join(await temporaryFolder(t), 'comparison.json')
    await writeFile(file, JSON.stringify({ sigmas, parts, pictures: comparison.map(({ predicted, truths }) => ({ predicted: plain(predicted), truths: plain(truths) })) }))
    const { stdout } = await promisify(execFile)(python, [fileURLToPath(new URL('coco_figures.py', import.meta.url)), file], { maxBuffer: 16 * 1024 * 1024 })
    const expected = JSON.parse(stdout) as Record<string, Record<'pycocotools' | 'xtcocotools', number[]>>

    for (const part of parts) {
      const precision = createAveragePrecision(sigmas, part)
      for (const { predicted, truths } of comparison) precision.add(predicted, truths)
      const own = precision.result()
      for (const [tool, stats] of Object.entries(expected[part.name]!)) {
        t.equal(stats.length, figures.length)
        const wrong = figures.filter((name, index) => Math.abs((own[name] ?? -1) - stats[index]!) > 1e-6)
        t.same(wrong.map((name) => `${name}: ${own[name]}, ${stats[figures.indexOf(name)]}`), [], `${part.name}, ${tool}`)
      }
      if (pictures > 100) t.ok(own.ap! > 0.05 && own.ap! < 0.9, `${part.name}: the figures say something (${own.ap})`)
    }
  })
}
