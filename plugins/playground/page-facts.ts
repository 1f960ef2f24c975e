import type { KeypointSet, PartName } from '../../models/keypoint-set.ts'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { colourOfLink } from '../../models/keypoints/colour-of-link.ts'
import { partOfPoint } from '../../models/keypoints/part-of-point.ts'
import { sideOfName } from '../../models/keypoints/side-of-name.ts'
import { sideOfPoint } from '../../models/keypoints/side-of-point.ts'
import { personColour, pointColours } from '../../models/part-colours.ts'
import { FEWEST_POINTS } from '../../models/people/filter-points.ts'
import { partTitles, presetNames, type PresetName } from '../../src/label-studio/label-config-preset.ts'
import { version } from '../../src/version.ts'

/** What the page must know of the service and cannot ask for: facts of the points, and limits. */
export interface PageFacts {
  version: string
  keypointSets: Record<KeypointSet['id'], PageKeypointSet>
  personColour: string
  /** A person with fewer points above the threshold is none. */
  fewestPoints: number
  presets: readonly PresetName[]
  limits: PageLimits
  /** Whether GET /check asks for API_TOKEN. */
  needsToken: boolean
}

export interface PageLimits {
  /** Of one picture. */
  pixels: number
  /** Of one picture file. */
  bytes: number
  /** Of one request. */
  bodyBytes: number
}

export interface PageKeypointSet {
  points: Array<{ name: string, part: PartName, colour: string }>
  links: Array<{ from: number, to: number, part: PartName, colour: string }>
  parts: Array<{ name: PartName, title: string, colour: string }>
}

export function describePage (limits: PageLimits, needsToken: boolean): PageFacts {
  const sets = Object.values(keypointSets).map((set) => [set.id, describeSet(set)])
  return { version, keypointSets: Object.fromEntries(sets), personColour, fewestPoints: FEWEST_POINTS, presets: presetNames, limits, needsToken }
}

function describeSet (set: KeypointSet): PageKeypointSet {
  const sideOf = (index: number) => set === cocoWholebody133 ? sideOfPoint(index) : sideOfName(set.names[index]!)
  return {
    points: set.names.map((name, index) => {
      const part = partOfPoint(set, index)
      return { name, part, colour: pointColours[part][sideOf(index)] }
    }),
    links: set.links.map(([from, to]) => ({ from, to, part: partOfPoint(set, Math.max(from, to)), colour: colourOfLink(set, [from, to]) })),
    parts: set.parts.map(({ name }) => ({ name, title: partTitles[name], colour: pointColours[name][name === 'feet' ? 'left' : 'middle'] }))
  }
}
