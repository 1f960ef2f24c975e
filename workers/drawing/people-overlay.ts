import type { KeypointSet, PartName } from '../../models/keypoint-set.ts'
import { colourOfLink } from '../../models/keypoints/colour-of-link.ts'
import { partOfPoint } from '../../models/keypoints/part-of-point.ts'
import { personColour } from '../../models/part-colours.ts'
import type { Person } from '../../models/person.ts'

export interface OverlaySize {
  /** Pixels of the overlay. */
  width: number
  height: number
  /** Pixels of the overlay per pixel of the picture that the people were found in. */
  scale: number
}

/** Faces and hands have many points on little room. */
const pointSizes: Readonly<Record<PartName, number>> = { body: 1, feet: 0.8, face: 0.45, left_hand: 0.55, right_hand: 0.55 }

/**
 * People as an SVG of the given size without a background: per person the box with a bar as long as its score, bones in the
 * colour of their part and side, and points from red (barely sure) over yellow to green (sure). Points that were not found
 * (confidence 0) are left out, with their bones. No text: a container has no fonts.
 */
export function peopleOverlay (people: readonly Person[], set: KeypointSet, { width, height, scale }: OverlaySize): string {
  const shapes = people.flatMap((person) => drawPerson(person, set, scale))
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${shapes.join('')}</svg>`
}

function drawPerson (person: Person, set: KeypointSet, scale: number): string[] {
  const [x1, y1, x2, y2] = person.bbox.map((value) => value * scale) as [number, number, number, number]
  // Lines that a small person does not vanish under, and that can be seen on a large one.
  const unit = Math.min(6, Math.max(1.2, Math.hypot(x2 - x1, y2 - y1) / 180))
  return [...drawBox([x1, y1, x2, y2], person.score, unit), ...drawBones(person, set, scale, unit), ...drawPoints(person, set, scale, unit)]
}

function drawBox ([x1, y1, x2, y2]: readonly [number, number, number, number], score: number, unit: number): string[] {
  const bar = unit * 1.6
  return [
    `<rect x="${round(x1)}" y="${round(y1)}" width="${round(x2 - x1)}" height="${round(y2 - y1)}" fill="none" stroke="${personColour}" stroke-width="${round(unit * 0.6)}" stroke-opacity="0.9"/>`,
    `<rect x="${round(x1)}" y="${round(y1)}" width="${round((x2 - x1) * score)}" height="${round(bar)}" fill="${personColour}"/>`
  ]
}

function drawBones ({ keypoints }: Person, set: KeypointSet, scale: number, unit: number): string[] {
  return set.links.flatMap(([from, to]) => {
    const certainty = Math.min(confidence(keypoints, from), confidence(keypoints, to))
    if (certainty === 0) return []
    const part = partOfPoint(set, Math.max(from, to))
    return `<line x1="${round(keypoints[from * 3]! * scale)}" y1="${round(keypoints[from * 3 + 1]! * scale)}" x2="${round(keypoints[to * 3]! * scale)}" y2="${round(keypoints[to * 3 + 1]! * scale)}" ` +
      `stroke="${colourOfLink(set, [from, to])}" stroke-width="${round(unit * pointSizes[part] * 1.4)}" stroke-linecap="round" stroke-opacity="${round(0.45 + 0.5 * Math.min(1, certainty))}"/>`
  })
}

function drawPoints ({ keypoints }: Person, set: KeypointSet, scale: number, unit: number): string[] {
  return set.names.flatMap((_name, index) => {
    const certainty = confidence(keypoints, index)
    if (certainty === 0) return []
    const radius = unit * 1.3 * pointSizes[partOfPoint(set, index)]
    return `<circle cx="${round(keypoints[index * 3]! * scale)}" cy="${round(keypoints[index * 3 + 1]! * scale)}" r="${round(radius)}" fill="${certaintyColour(certainty)}" stroke="#212121" stroke-width="${round(Math.min(1, radius * 0.3))}"/>`
  })
}

function confidence (keypoints: Float64Array, index: number): number {
  return keypoints[index * 3 + 2] ?? 0
}

/** Red, yellow, green in equal steps of hue. */
function certaintyColour (certainty: number): string {
  return `hsl(${Math.round(120 * Math.min(1, Math.max(0, certainty)))}, 85%, 50%)`
}

/** A hundredth of a pixel is finer than anybody sees, and a third of the text. */
function round (value: number): number {
  return Math.round(value * 100) / 100
}
