/** @typedef {import('./service.js').PictureRecord} PictureRecord */

/**
 * The people that the service would give with another CONFIDENCE_THRESHOLD: unsure points left out, and people with too few points.
 * @template {PictureRecord} R
 * @param {R} record
 * @param {number} threshold 0..1
 * @param {number} fewestPoints
 * @returns {R}
 */
export function visiblePeople (record, threshold, fewestPoints) {
  const people = record.people
    .map((person) => ({ ...person, points: person.points.filter(({ score }) => score >= threshold) }))
    .filter(({ points }) => points.length >= fewestPoints)
  return { ...record, people }
}
