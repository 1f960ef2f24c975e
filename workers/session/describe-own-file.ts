import { basename } from 'node:path'
import type { ModelEntry } from '../../models/model-entry.ts'

/** The part of a description that every own file has: nothing is known but its name and hash. */
export function describeOwnFile ({ path, sha256 }: { path: string, sha256: string }): Pick<ModelEntry, 'id' | 'title' | 'file' | 'addresses' | 'bytes' | 'sha256' | 'archiveSha256' | 'license' | 'source'> {
  const file = basename(path)
  return {
    id: `own-${sha256.slice(0, 8)}`,
    title: file.replace(/\.onnx$/i, ''),
    file,
    addresses: [],
    bytes: null,
    sha256,
    archiveSha256: null,
    license: 'not known',
    source: 'own file'
  }
}
