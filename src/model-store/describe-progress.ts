import type { FileProgress } from './download-models.ts'

/** For example "YOLOX-m Human-Art 640: 35 of 94 MB, 37 %; RTMW-l 256x192: 12 MB". */
export function describeProgress (files: readonly FileProgress[]): string {
  return files.map(({ title, received, total }) => {
    if (total === null || total === 0) return `${title}: ${megabytes(received)} MB`
    return `${title}: ${megabytes(received)} of ${megabytes(total)} MB, ${Math.floor(received / total * 100)} %`
  }).join('; ')
}

function megabytes (bytes: number): string {
  return bytes < 10e6 ? (bytes / 1e6).toFixed(1) : (bytes / 1e6).toFixed(0)
}
