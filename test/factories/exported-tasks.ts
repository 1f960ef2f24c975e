import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { KeypointSet } from '../../models/keypoint-set.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import type { Person } from '../../models/person.ts'
import { createLabelConfigPlanner } from '../../src/label-studio/label-config-planner.ts'
import { toPrediction } from '../../src/label-studio/to-prediction.ts'
import { buildPerson } from './person.ts'
import { createSeededRandom } from './seeded-random.ts'

const planner = createLabelConfigPlanner()

export const pictureSize = { width: 1280, height: 960 }

/** The regions of people under an interface, as Label Studio stores them. */
export function regionsOf (xml: string, people: readonly Person[], { set = cocoWholebody133 as KeypointSet, size = pictureSize } = {}): object[] {
  const { pictures } = planner.plan(xml, set)
  return toPrediction(pictures.map((plan) => ({ plan, itemIndex: null, ...size, people })), { keypointSet: set, modelVersion: 'v1', keypointSize: 0.3 }).result
}

/** A task as Label Studio exports it, with one annotation. */
export function exportedTask (id: number, result: unknown, overrides: object = {}): object {
  return {
    id,
    data: { image: `/data/upload/1/0a1b2c3d-picture-${id}.jpg` },
    annotations: [{ id: 100 + id, result, was_cancelled: false, ground_truth: false, created_at: '2026-11-25T10:00:00Z', updated_at: '2026-11-25T10:00:00Z' }],
    predictions: [],
    ...overrides
  }
}

/** Tasks with 0 to 3 people each, some points missing; the same for the same seed. */
export function randomPeople (count: number, seed = 1): Person[][] {
  const random = createSeededRandom(seed)
  const between = (from: number, to: number) => from + random() * (to - from)
  return Array.from({ length: count }, (_, index) => Array.from({ length: index % 4 }, () => {
    const [x, y] = [between(0, 800), between(0, 500)]
    const absent = random() * 0.5
    return buildPerson(cocoWholebody133, {
      bbox: [x, y, x + between(50, 480), y + between(50, 460)],
      score: between(0.3, 1),
      missing: cocoWholebody133.names.map((_, point) => point).filter(() => random() < absent)
    })
  }))
}

/** A folder that is removed at the end of the test. */
export async function temporaryFolder (t: Pick<Test, 'teardown'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'export-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A file as Label Studio exports it. */
export async function writeExport (folder: string, tasks: readonly object[]): Promise<string> {
  const path = join(folder, 'export.json')
  await writeFile(path, JSON.stringify(tasks))
  return path
}
