/** npm run sbom [file]: writes what an installation consists of as CycloneDX 1.5 (JSON), compiled parts inside packages too. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { nativeParts } from './native-parts.ts'
import { productionPackages } from './production-packages.ts'

interface Component { type: string, name: string, version: string, 'bom-ref': string, [fact: string]: unknown }
interface Bom { metadata: { component: Component }, components: Component[], dependencies: Array<{ ref: string, dependsOn: string[] }> }

const project = fileURLToPath(new URL('..', import.meta.url))
const file = process.argv[2] ?? 'sbom.cdx.json'

const text = execFileSync('npm', ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only'], { cwd: project, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
const bom = JSON.parse(text) as Bom
// `--omit dev` leaves out what is needed for development and in production alike, so what is needed is told by the lock file.
const wanted = new Set(productionPackages().map(({ name, version }) => `${name}@${version}`))
bom.components = bom.components.filter(({ name, version }) => wanted.has(`${name}@${version}`))
const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component['bom-ref']))
bom.dependencies = bom.dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }))
// npm takes the name of the folder.
bom.metadata.component.name = (JSON.parse(readFileSync(`${project}package.json`, 'utf8')) as { name: string }).name

for (const [name, version] of Object.entries(decoders())) {
  const component = { type: 'library', name, version, 'bom-ref': `libvips/${name}@${version}`, description: 'Compiled into the libvips that sharp uses' }
  bom.components.push(component)
  bom.dependencies.push({ ref: component['bom-ref'], dependsOn: [] })
}
const runtime = bom.components.find(({ name }) => name === 'onnxruntime-node')!
const { part, source } = nativeParts.find(({ inside }) => inside === 'onnxruntime-node')!
const native = { type: 'library', name: part, version: runtime.version, 'bom-ref': `native/onnxruntime@${runtime.version}`, licenses: [{ license: { id: 'MIT' } }], externalReferences: [{ type: 'vcs', url: source }], description: 'Compiled into onnxruntime-node' }
bom.components.push(native)
bom.dependencies.push({ ref: native['bom-ref'], dependsOn: [] })

writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
console.log(`${file}: ${bom.components.length} components`)

/** Versions of libvips and of the libraries inside it, as its package for this system tells them. */
function decoders (): Record<string, string> {
  const { versions } = createRequire(import.meta.url)('sharp') as { versions: Record<string, string> }
  const { sharp: _binding, ...libraries } = versions
  return libraries
}
