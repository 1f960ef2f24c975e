import { execFile, spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { labelConfigPreset } from '../../src/label-studio/label-config-preset.ts'
import { callCli } from '../factories/call-cli.ts'
import { exportedTask, pictureSize, randomPeople, regionsOf, writeExport } from '../factories/exported-tasks.ts'

/** A Python that has the packages of requirements.txt beside this file. */
const python = process.env['EXPORTS_PYTHON'] || 'python3'
const lacksReaders = spawnSync(python, ['-c', 'import pycocotools.coco, xtcocotools.coco, matplotlib']).status === 0
  ? false
  : 'needs pycocotools and xtcocotools: pip install -r test/exports/requirements.txt, and name that Python in EXPORTS_PYTHON'

t.test('pycocotools and xtcocotools read what was annotated', { skip: lacksReaders, timeout: 240_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'export-readers-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const people = randomPeople(24, 9)
  const xml = labelConfigPreset('wholebody133')
  const tasks = people.map((here, index) => exportedTask(index + 1, regionsOf(xml, here)))
  // Every fourth picture shows nobody; the regions of a prediction tell its size.
  for (const task of tasks) Object.assign(task, { predictions: [{ id: 1, result: regionsOf(xml, people[1]!) }] })
  const body = tasks.map((task, index) => ({ ...task, annotations: [{ id: 1, result: regionsOf(labelConfigPreset('body17'), people[index]!) }] }))

  const wholebodyFile = await writeExport(folder, tasks)
  for (const format of ['coco-wholebody', 'coco', 'yolo-pose', 'csv']) {
    if (format === 'coco') await writeExport(folder, body)
    const { code, err } = await callCli(['export', '--from', wholebodyFile, '--format', format, '--out', join(folder, format)])
    t.equal(code, 0, `${format} ${err}`)
  }
  await writeFile(join(folder, 'expected.json'), JSON.stringify({
    sigmas: cocoWholebody133.sigmas,
    pictures: people.map((here, index) => ({
      file: `1/0a1b2c3d-picture-${index + 1}.jpg`,
      ...pictureSize,
      people: here.map(({ bbox: [x1, y1, x2, y2], keypoints }) => ({
        bbox: [x1, y1, x2 - x1, y2 - y1],
        points: cocoWholebody133.names.map((_, point) => keypoints[point * 3 + 2]! > 0 ? [keypoints[point * 3], keypoints[point * 3 + 1], 2] : [0, 0, 0])
      }))
    }))
  }))

  const { stdout } = await promisify(execFile)(python, [fileURLToPath(new URL('check_exports.py', import.meta.url)), folder], { maxBuffer: 16 * 1024 * 1024 })
  const { precision, yoloPeople, strayLabels, csvRows } = JSON.parse(stdout) as { precision: Record<string, [number, number]>, yoloPeople: number, strayLabels: string[], csvRows: number }
  t.same(Object.keys(precision), ['pycocotools', 'keypoints_wholebody', 'keypoints_foot', 'keypoints_face', 'keypoints_lefthand', 'keypoints_righthand'])
  for (const [kind, [same, moved]] of Object.entries(precision)) {
    t.ok(Math.abs(same - 1) < 1e-9, `${kind}: the annotations match themselves (${same})`)
    t.ok(moved < 0.9, `${kind}: moved points match less (${moved})`)
  }
  t.equal(yoloPeople, people.flat().length)
  t.same(strayLabels, [])
  t.equal(csvRows, people.flat().length * coco17.names.length)
})
