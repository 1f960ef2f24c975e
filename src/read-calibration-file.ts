import { readFileSync } from 'node:fs'
import { parseProjectCalibration, type ProjectCalibration } from '../models/confidence/project-calibration.ts'
import { ConfigError } from './config.ts'

/**
 * What CALIBRATION_FILE names; null where it names nothing. Read at the start, so that a wrong one is known then.
 * @throws ConfigError whose message names the file and what is wrong
 */
export function readCalibrationFile (path: string | null): ProjectCalibration | null {
  if (path === null) return null
  try {
    return parseProjectCalibration(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ConfigError(`CALIBRATION_FILE=${path} cannot be used: ${code === undefined ? message : `it cannot be read (${code})`}`)
  }
}
