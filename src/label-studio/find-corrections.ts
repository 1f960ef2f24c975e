/**
 * What an annotator has changed in a prediction, person by person. Label Studio's own `origin` cannot tell: it stays
 * `prediction` when a vertex of a skeleton is dragged, and becomes `manual` when an interactive answer is accepted.
 */
import { readDrawing, type DrawnBox, type DrawnPoint } from './read-drawing.ts'

export interface PersonCorrections {
  /** Id of the person's box in the annotation, or in the prediction where it was deleted. null: points that belong to no box. */
  person: string | null
  /** Of the box; null where there is none. */
  box: 'kept' | 'moved' | 'deleted' | 'added' | null
  /** Every point of prediction and annotation once, those of the prediction first. */
  points: PointCorrection[]
}

export interface PointCorrection {
  change: 'kept' | 'moved' | 'deleted' | 'added' | 'relabelled'
  /** Of a keypoint its label, as the interface writes it; of a vertex its own name, null where an annotator drew it. */
  name: string | null
  /** Label of the keypoint or of the whole skeleton. */
  label: string | null
  /** Where `relabelled`: the label in the prediction. */
  formerLabel: string | null
  /** In the prediction, or of an accepted interactive answer; null for what an annotator drew. */
  score: number | null
  /** Percent of the picture; null where added. */
  predicted: { x: number, y: number } | null
  /** Percent of the picture; null where deleted. */
  annotated: { x: number, y: number } | null
  /** Pixels between the two; null where one is missing. A relabelled point may have moved as well. */
  distance: number | null
  /** Name of the control: two may have a label of the same name. */
  fromName: string
  /** Name of the Image tag, and page of a multi-page picture. */
  toName: string
  itemIndex: number | null
}

export interface FindCorrectionsOptions {
  /** Pixels up to which a point counts as kept: the editor's arithmetic moves points by less than a hundredth. */
  tolerance?: number
}

/**
 * Compares the two results (`prediction.result` of `annotation.parent_prediction`, and `annotation.result`) by the ids of
 * regions and vertices, which Label Studio keeps through edit and submit. What is no point, vertex or box is passed over.
 * A point that was drawn anew belongs to the smallest box around it, and replaces a deleted one of the same name and control there.
 */
export function findCorrections (predicted: unknown, annotated: unknown, { tolerance = 0.5 }: FindCorrectionsOptions = {}): PersonCorrections[] {
  const before = readDrawing(predicted)
  const after = readDrawing(annotated)
  const boxes = new Map([...before.boxes, ...after.boxes].map((box) => [box.id, box]))
  const people = new Map<string | null, PersonCorrections>()

  const personOf = (id: string | null): PersonCorrections => {
    const known = people.get(id)
    if (known) return known
    const person: PersonCorrections = { person: id, box: id === null ? null : compareBoxes(before.boxes, after.boxes, id, tolerance), points: [] }
    people.set(id, person)
    return person
  }
  const ownerOf = (point: DrawnPoint): string | null =>
    point.parentId !== null && boxes.has(point.parentId) ? point.parentId : findBoxAround(point, after.boxes)

  for (const { id } of boxes.values()) personOf(id)
  const left = new Map(after.points.map((point) => [point.key, point]))
  for (const point of before.points) {
    const counterpart = left.get(point.key)
    left.delete(point.key)
    personOf(ownerOf(point)).points.push(compare(point, counterpart, tolerance))
  }
  for (const point of left.values()) {
    const { points } = personOf(ownerOf(point))
    const replaced = points.findIndex(({ change, name, fromName, toName, itemIndex }) =>
      change === 'deleted' && name !== null && name === point.name && fromName === point.fromName && toName === point.toName && itemIndex === point.itemIndex)
    if (replaced === -1) points.push(toAdded(point))
    else points[replaced] = replace(points[replaced]!, point)
  }
  return [...people.values()]
}

function compare (before: DrawnPoint, after: DrawnPoint | undefined, tolerance: number): PointCorrection {
  const common = { score: before.score, predicted: { x: before.x, y: before.y }, fromName: before.fromName, toName: before.toName, itemIndex: before.itemIndex }
  if (!after) return { ...common, change: 'deleted', name: before.name, label: before.label, formerLabel: null, annotated: null, distance: null }
  const distance = distanceBetween(before, after)
  const isRelabelled = before.label !== after.label
  return {
    ...common,
    change: isRelabelled ? 'relabelled' : distance > tolerance ? 'moved' : 'kept',
    name: after.name,
    label: after.label,
    formerLabel: isRelabelled ? before.label : null,
    annotated: { x: after.x, y: after.y },
    distance
  }
}

function toAdded (point: DrawnPoint): PointCorrection {
  const { name, label, score, x, y, fromName, toName, itemIndex } = point
  return { change: 'added', name, label, formerLabel: null, score, predicted: null, annotated: { x, y }, distance: null, fromName, toName, itemIndex }
}

/** Deleted and drawn anew, which an annotator does instead of dragging. */
function replace (deleted: PointCorrection, point: DrawnPoint): PointCorrection {
  return { ...deleted, change: 'moved', annotated: { x: point.x, y: point.y }, distance: distanceBetween({ ...point, ...deleted.predicted! }, point) }
}

function compareBoxes (before: readonly DrawnBox[], after: readonly DrawnBox[], id: string, tolerance: number): PersonCorrections['box'] {
  const [old, now] = [before, after].map((boxes) => boxes.find((box) => box.id === id))
  if (!old) return 'added'
  if (!now) return 'deleted'
  const corners = (['x', 'y', 'x2', 'y2'] as const).map((side) => Math.abs(old[side] - now[side]) / 100 * (side.startsWith('x') ? now.pixelWidth : now.pixelHeight))
  return Math.max(...corners) > tolerance ? 'moved' : 'kept'
}

function findBoxAround ({ x, y, toName, itemIndex }: DrawnPoint, boxes: readonly DrawnBox[]): string | null {
  const around = boxes.filter((box) => box.toName === toName && box.itemIndex === itemIndex && x >= box.x && x <= box.x2 && y >= box.y && y <= box.y2)
  const areaOf = (box: DrawnBox): number => (box.x2 - box.x) * (box.y2 - box.y)
  return around.sort((a, b) => areaOf(a) - areaOf(b))[0]?.id ?? null
}

function distanceBetween (a: DrawnPoint, b: DrawnPoint): number {
  return Math.hypot((a.x - b.x) / 100 * b.pixelWidth, (a.y - b.y) / 100 * b.pixelHeight)
}
