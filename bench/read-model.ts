import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findModelBySha256 } from '../models/find-model.ts'
import type { DetectorEntry, PoseEntry } from '../models/model-entry.ts'
import { parseModelEntry } from '../models/parse-model-entry.ts'

/** An .onnx (known to the registry, or read from its graph) or a .json that describes one beside it. */
export function readModel<Entry extends DetectorEntry | PoseEntry> (path: string): { path: string, sha256: string, entry: Entry | null } {
  const described = path.endsWith('.json') ? parseModelEntry(JSON.parse(readFileSync(path, 'utf8'))) : null
  const file = described === null ? path : join(dirname(path), described.file)
  const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex')
  return { path: file, sha256, entry: (described ?? findModelBySha256(sha256)) as Entry | null }
}
