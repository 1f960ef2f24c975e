/**
 * @typedef {import('./service.js').ShortPrediction} ShortPrediction
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 */

/**
 * The answer of /predict in pixels of the upright picture, as docs/predict.md describes it.
 * @param {ShortPrediction} prediction
 * @param {Omit<PictureRecord['picture'], 'width' | 'height'>} file
 * @param {{ width: number, height: number }} size
 * @returns {PictureRecord}
 */
export function toRecord (prediction, file, { width, height }) {
  const toX = (/** @type {number} */ percent) => round(percent * width / 100)
  const toY = (/** @type {number} */ percent) => round(percent * height / 100)
  const points = groupByPerson(prediction.result)
  return {
    picture: { ...file, width, height },
    modelVersion: prediction.model_version,
    keypointSet: prediction.keypoint_set,
    people: prediction.people.map(({ id, score, box_score: bboxScore, box }) => ({
      bbox: [toX(box.x), toY(box.y), toX(box.x + box.width), toY(box.y + box.height)],
      score,
      bboxScore,
      points: (points.get(id) ?? []).flatMap((region) => region.type !== 'keypointlabels'
        ? []
        : [{ name: region.value.keypointlabels[0] ?? '', x: toX(region.value.x), y: toY(region.value.y), score: region.score }])
    }))
  }
}

/**
 * @param {ShortPrediction['result']} regions
 */
function groupByPerson (regions) {
  /** @type {Map<string | undefined, ShortPrediction['result']>} */
  const groups = new Map()
  for (const region of regions) {
    const group = groups.get(region.parentID)
    if (group === undefined) groups.set(region.parentID, [region])
    else group.push(region)
  }
  return groups
}

/** @param {number} pixels */
function round (pixels) {
  return Math.round(pixels * 1000) / 1000
}
