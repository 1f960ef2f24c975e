import { createHash } from 'node:crypto'
import type { ProjectCalibration } from '../../models/confidence/project-calibration.ts'
import type { ModelEntry } from '../../models/model-entry.ts'
import { starterDetector, starterPose, starterVersion } from '../../models/registry/starter.ts'
import type { Config } from '../config.ts'
import type { LocatedModels } from '../model-store/locate-models.ts'

/** Raise it when the same files and settings give other regions: Label Studio then predicts anew. */
const mappingVersion = 2

type VersionConfig = Pick<Config, 'mode' | 'detectorModel' | 'poseModel' | 'detectorThreshold' | 'maxPeople' | 'keypointSize'> & { confidenceThreshold: number, calibration?: ProjectCalibration | null }

/**
 * The version that stands in /setup, /versions and every prediction: `rtmlib-<mode>@<8 hex digits>` over everything
 * that changes an answer, so that it is the same on every replica and another after a change. Own files make the mode `custom`; the
 * starter models are `starter-<their version>` however they were chosen, so that nobody takes them for the mode's.
 * @param config with the threshold that is really used
 */
export function createModelVersion ({ detector, pose }: LocatedModels, config: VersionConfig): { modelVersion: string, shortModelVersion: string } {
  // By their descriptions: int8 copies are other files.
  const isStarter = detector.entry?.sha256 === starterDetector.sha256 && pose.entry?.sha256 === starterPose.sha256
  const isCustom = config.detectorModel !== null || config.poseModel !== null
  const shortModelVersion = isStarter ? `starter-${starterVersion}` : `rtmlib-${isCustom ? 'custom' : config.mode}`
  const facts = [
    mappingVersion, detector.sha256, pose.sha256, processing(detector.entry), processing(pose.entry),
    config.confidenceThreshold, config.detectorThreshold, config.maxPeople, config.keypointSize,
    // Nothing where there is none, so that versions from before stay what they are.
    ...(config.calibration ? [config.calibration.groups] : []),
    // Of another set than the network's, the same numbers mean other points.
    ...(config.calibration && config.calibration.keypointSet !== pose.entry?.keypointSet ? [config.calibration.keypointSet] : [])
  ]
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8)
  return { modelVersion: `${shortModelVersion}@${hash}`, shortModelVersion }
}

/** What of a description changes an answer: not where a file comes from, nor what it is called. */
function processing (entry: ModelEntry | null): Partial<ModelEntry> | null {
  if (entry === null) return null
  const { id, title, file, addresses, bytes, sha256, archiveSha256, license, source, ...rest } = entry
  return rest
}
