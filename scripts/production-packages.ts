import { readFileSync } from 'node:fs'

export interface ProductionPackage {
  name: string
  version: string
  /** SPDX expression. */
  licence: string
  /** Only installed on the systems that need it. */
  optional: boolean
}

/** What an installation of the package brings along on any system, each version once, by name: from package-lock.json, so that it is the same everywhere. */
export function productionPackages (): ProductionPackage[] {
  const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as { packages: Record<string, { version: string, license?: string, dev?: boolean, optional?: boolean }> }
  const found = new Map<string, ProductionPackage>()
  for (const [path, { version, license = 'none', dev, optional = false }] of Object.entries(packages)) {
    if (path === '' || dev) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    found.set(`${name}@${version}`, { name, version, licence: license, optional })
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en') || a.version.localeCompare(b.version, 'en'))
}
