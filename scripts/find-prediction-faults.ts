/** Looks at an answer of /predict as Label Studio's editor does, but says what is wrong with it. */

export interface Region {
  id: string
  type: string
  from_name: string
  to_name: string
  original_width: number
  original_height: number
  score?: number
  parentID?: string
  value: Record<string, unknown>
}

export interface Prediction {
  result: Region[]
  score: number
  model_version: string
}

/**
 * Sentences on everything in a prediction that Label Studio would refuse, drop or draw wrongly; empty = well formed.
 * `labelConfig` is the XML the prediction was asked for.
 */
export function findPredictionFaults (prediction: Prediction, labelConfig: string): string[] {
  const faults: string[] = []
  if (typeof prediction.model_version !== 'string' || prediction.model_version === '') faults.push('model_version is no text')
  if (typeof prediction.score !== 'number' || !Number.isFinite(prediction.score)) faults.push('score is no number')
  if (!Array.isArray(prediction.result)) return [...faults, 'result is no list']

  const names = attributeValues(labelConfig, 'name')
  const labels = attributeValues(labelConfig, 'value')
  const ids = new Set<string>()
  const typesSeen: string[] = []

  for (const region of prediction.result) {
    const what = `region ${region.id} (${region.type})`
    if (ids.has(region.id)) faults.push(`${what}: the id stands twice`)
    ids.add(region.id)
    if (!names.has(region.from_name)) faults.push(`${what}: from_name "${region.from_name}" is not in the labelling interface`)
    if (!names.has(region.to_name)) faults.push(`${what}: to_name "${region.to_name}" is not in the labelling interface`)
    if (!(region.original_width > 0 && region.original_height > 0)) faults.push(`${what}: the size of the picture is missing`)
    for (const label of labelsOf(region)) {
      if (!labels.has(label)) faults.push(`${what}: label "${label}" is not in the labelling interface`)
    }
    for (const key of ['x', 'y', 'width', 'height']) {
      const value = region.value[key]
      if (value !== undefined && !(typeof value === 'number' && value >= 0 && value <= 100)) faults.push(`${what}: ${key} is not within 0 and 100 percent`)
    }
    if (typesSeen.at(-1) !== region.type) typesSeen.push(region.type)
  }

  for (const region of prediction.result) {
    if (region.parentID !== undefined && !ids.has(region.parentID)) faults.push(`region ${region.id}: its parent ${region.parentID} is missing`)
  }
  // The editor draws what comes first on top: a rectangle before its points makes them unreachable.
  const firstBox = typesSeen.indexOf('rectanglelabels')
  if (firstBox !== -1 && firstBox !== typesSeen.length - 1) faults.push('rectangles stand before other regions')
  return faults
}

/** Names of the labels of a region: `value.keypointlabels`, `value.rectanglelabels` and so on. */
export function labelsOf (region: Region): string[] {
  const labels = region.value[region.type]
  return Array.isArray(labels) ? labels.map(String) : []
}

function attributeValues (xml: string, attribute: string): Set<string> {
  const found = xml.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, 'g'))
  return new Set([...found].map((match) => match[1] ?? ''))
}
