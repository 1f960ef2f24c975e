/** Points and boxes of a result of Label Studio, stored there or sent by it. Everything in it comes from outside. */

import { isFiniteNumber } from './is-finite-number.ts'

export interface Drawing {
  points: DrawnPoint[]
  boxes: DrawnBox[]
}

interface Place {
  /** Name of the Image tag. */
  toName: string
  /** Page of a multi-page picture. */
  itemIndex: number | null
  /** Pixels of the picture; 100 where it is not said. */
  pixelWidth: number
  pixelHeight: number
}

/** A keypoint, or one vertex of a skeleton. */
export interface DrawnPoint extends Place {
  /** Unique in its result: id of the region, and of the vertex. */
  key: string
  parentId: string | null
  /** Name of the control. */
  fromName: string
  /** Label of the region. */
  label: string | null
  /** Of a keypoint its label; of a vertex its own, null where an annotator drew it. */
  name: string | null
  score: number | null
  /** Percent of the picture. */
  x: number
  y: number
}

/** A box that lies upright; corners in percent of the picture. */
export interface DrawnBox extends Place {
  id: string
  x: number
  y: number
  x2: number
  y2: number
}

type Entry = Readonly<Record<string, unknown>>

/** Entries that are no keypoint, skeleton or rectangle, or that lack an id or a place, are passed over. */
export function readDrawing (result: unknown): Drawing {
  const drawing: Drawing = { points: [], boxes: [] }
  for (const region of Array.isArray(result) ? result : []) {
    if (!isObject(region) || !isObject(region['value']) || typeof region['id'] !== 'string') continue
    const { id, type, value } = region as Entry & { id: string, value: Entry }
    const place: Place = {
      toName: readText(region['to_name']) ?? '',
      itemIndex: readFinite(region['item_index']),
      pixelWidth: readFinite(region['original_width']) ?? 100,
      pixelHeight: readFinite(region['original_height']) ?? 100
    }
    const common = { ...place, parentId: readText(region['parentID']), fromName: readText(region['from_name']) ?? '' }
    if (type === 'keypointlabels' || type === 'keypoint') {
      const label = readLabel(value['keypointlabels'])
      const point = readPlace(value)
      if (point) drawing.points.push({ ...common, ...point, key: id, label, name: label, score: readFinite(region['score']) })
    } else if (type === 'vectorlabels' || type === 'vector') {
      const label = readLabel(value['vectorlabels'])
      for (const vertex of Array.isArray(value['vertices']) ? value['vertices'] : []) {
        const point = isObject(vertex) ? readPlace(vertex) : null
        if (point) drawing.points.push({ ...common, ...point, key: `${id} ${JSON.stringify(vertex.id)}`, label, name: readText(vertex.name), score: readFinite(vertex.score) })
      }
    } else if (type === 'rectanglelabels' || type === 'rectangle') {
      const corner = readPlace(value)
      if (corner) drawing.boxes.push({ ...place, ...corner, id, x2: corner.x + (readFinite(value['width']) ?? 0), y2: corner.y + (readFinite(value['height']) ?? 0) })
    }
  }
  return drawing
}

function readPlace (value: Entry): { x: number, y: number } | null {
  const [x, y] = [readFinite(value['x']), readFinite(value['y'])]
  return x === null || y === null ? null : { x, y }
}

function readLabel (labels: unknown): string | null {
  return Array.isArray(labels) ? readText(labels[0]) : null
}

function readText (value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}

function readFinite (value: unknown): number | null {
  return isFiniteNumber(value) ? value : null
}

function isObject (value: unknown): value is Entry {
  return typeof value === 'object' && value !== null
}
