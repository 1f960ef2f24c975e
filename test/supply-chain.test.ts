/** What comes from others: licences, where it comes from, and the list of it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Ajv } from 'ajv'
import * as formats from 'ajv-formats'
import t from 'tap'
import { nativeParts } from '../scripts/native-parts.ts'
import { productionPackages } from '../scripts/production-packages.ts'

const project = fileURLToPath(new URL('..', import.meta.url))

/** Those that ask for nothing but to be named. */
const permissive = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', '(MIT OR CC0-1.0)'])
/** libvips: a library of its own, loaded at run time; what the licence asks for stands in docs/licenses.md. */
const ofLibvips = new Set(['LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later', 'Apache-2.0 AND LGPL-3.0-or-later AND MIT'])

t.test('licences of all packages', async (t) => {
  const packages = productionPackages()
  t.ok(packages.length > 100)
  for (const { name, version, licence } of packages) {
    const isAllowed = permissive.has(licence) || (ofLibvips.has(licence) && name.startsWith('@img/sharp-'))
    if (!isAllowed) t.fail(`${name} ${version} is under ${licence}: use another package, or allow it here with a reason`)
  }
  for (const { part, inside } of nativeParts) t.ok(packages.some(({ name }) => name.startsWith(inside)), `${part} is in ${inside}`)
})

t.test('every package is the one that was looked at', async (t) => {
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as { packages: Record<string, { integrity?: string, resolved?: string, link?: boolean }> }
  for (const [path, { integrity, link }] of Object.entries(packages)) {
    if (path !== '' && (link || !/^sha512-/.test(integrity ?? ''))) t.fail(`${path} has no SHA-512 in package-lock.json`)
  }
  t.match(readFileSync(join(project, '.npmrc'), 'utf8'), /^ignore-scripts=true$/m, 'none of them runs anything while it is installed')
})

t.test('the list of parts is CycloneDX', async (t) => {
  const file = join(t.testdir({}), 'sbom.json')
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/write-sbom.ts', file], { cwd: project })
  const bom = JSON.parse(readFileSync(file, 'utf8')) as { metadata: { component: object }, components: Array<{ name: string, version: string }> }
  const schemas = join(project, 'node_modules', '@cyclonedx', 'cyclonedx-library', 'res', 'schema')
  const read = (name: string) => JSON.parse(readFileSync(join(schemas, name), 'utf8')) as object
  const ajv = new Ajv({ strict: false, allErrors: true })
  formats.default.default(ajv)
  // Names that only draft 2019 knows; nothing here is written in letters beyond ASCII.
  for (const format of ['iri-reference', 'idn-email']) ajv.addFormat(format, true)
  // Under the names by which the schema refers to them.
  for (const name of ['spdx', 'jsf-0.82']) ajv.addSchema({ ...read(`${name}.SNAPSHOT.schema.json`), $id: `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json` })
  const validate = ajv.compile(read('bom-1.5.SNAPSHOT.schema.json'))
  t.ok(validate(bom), JSON.stringify(validate.errors?.slice(0, 3)))
  t.match(bom.metadata.component, { name: 'label-studio-rtmpose' })
  const names = new Set(bom.components.map(({ name }) => name))
  const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`))
  for (const { name, version } of productionPackages()) if (!listed.has(`${name}@${version}`)) t.fail(`${name} ${version} is missing`)
  for (const part of ['vips', 'tiff', 'webp', 'ONNX Runtime']) t.ok(names.has(part), `${part} is among them`)
})
