import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { areaOfBox, oks } from '../models/people/oks.ts'
import { coco17 } from '../models/keypoints/coco-17.ts'
import type { Person } from '../models/person.ts'

/** A person of the ground truth, in fractions of the upright picture. */
export interface LabelledPerson {
  bbox: [number, number, number, number]
  /** 17 x (x, y, v), v = 0 absent, 1 hidden, 2 visible. */
  keypoints: Float64Array
}

export interface LabelledPhoto { name: string, path: string, people: LabelledPerson[] }

/** All photos of the shared test data with what is labelled on them (no label file: nobody). */
export function readLabelledPhotos (shared: string): LabelledPhoto[] {
  const photos = join(shared, 'testdata', 'images', 'photos')
  const labels = new Set(readdirSync(join(shared, 'testdata', 'annotations', 'coco17')))
  return readdirSync(photos).sort().map((name) => {
    const label = name.replace(/\.jpg$/, '.txt')
    const lines = labels.has(label) ? readFileSync(join(shared, 'testdata', 'annotations', 'coco17', label), 'utf8').trim().split('\n') : []
    return { name: basename(name, '.jpg'), path: join(photos, name), people: lines.map(parseLine) }
  })
}

function parseLine (line: string): LabelledPerson {
  const [, cx = 0, cy = 0, w = 0, h = 0, ...points] = line.trim().split(/\s+/).map(Number)
  return { bbox: [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2], keypoints: Float64Array.from(points) }
}

/**
 * For every labelled person that counts (at least 5 labelled points, a box of at least 32 x 32 pixels of area): the best
 * OKS over the poses found; 0 when there is none. A point that was left out earns nothing.
 */
export function oksOfPhoto (photo: LabelledPhoto, people: readonly Person[], width: number, height: number): number[] {
  return photo.people.map((truth) => toPixels(truth, width, height))
    .filter(({ bbox, keypoints }) => countLabelled(keypoints) >= 5 && (bbox[2] - bbox[0]) * (bbox[3] - bbox[1]) >= 32 * 32)
    .map((truth) => Math.max(0, ...people.map((person) => oksAgainstTruth(truth, person))))
}

function oksAgainstTruth (truth: LabelledPerson, person: Person): number {
  const { oks: mean, common } = oks(truth.keypoints, person.keypoints, areaOfBox(truth.bbox), coco17.sigmas)
  return mean * common / countLabelled(truth.keypoints)
}

function toPixels ({ bbox, keypoints }: LabelledPerson, width: number, height: number): LabelledPerson {
  return {
    bbox: [bbox[0] * width, bbox[1] * height, bbox[2] * width, bbox[3] * height],
    keypoints: keypoints.map((value, index) => value * [width, height, 1][index % 3]!)
  }
}

function countLabelled (keypoints: Float64Array): number {
  return keypoints.filter((value, index) => index % 3 === 2 && value > 0).length
}
