import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Folder of the program that quantises networks and of its requirements; beside src/ in the sources, beside dist/ in a build. */
export function quantizationFolder (): string {
  const folders = ['../models/quantization/', '../../models/quantization/'].map((path) => fileURLToPath(new URL(path, import.meta.url)))
  return folders.find((folder) => existsSync(`${folder}quantize.py`)) ?? folders[0]!
}
