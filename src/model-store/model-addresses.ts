import type { ModelEntry } from '../../models/model-entry.ts'

/** Behind it stands the part of a path that OpenMMLab and its copies have in common. */
const PROJECTS = /\/(rtmposev1|rtmw|rtmo)\/onnx_sdk\//

/**
 * Where a file can be had, in the order to try.
 * @param mirror base address that is asked first: for the .onnx by the name it has in MODEL_DIR, for the archive by its
 *   name, and for the archive at the path it has at OpenMMLab
 */
export function modelAddresses ({ file, addresses }: Pick<ModelEntry, 'file' | 'addresses'>, mirror: string | null): string[] {
  if (mirror === null) return addresses
  const base = mirror.replace(/\/+$/, '')
  const paths = addresses.flatMap((address) => {
    const { pathname } = new URL(address)
    const at = pathname.search(PROJECTS)
    const name = pathname.slice(pathname.lastIndexOf('/') + 1)
    return [name, ...(at >= 0 ? [pathname.slice(at + 1)] : [])]
  })
  return [...new Set([file, ...paths])].map((path) => `${base}/${path}`).concat(addresses)
}
