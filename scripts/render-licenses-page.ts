import { nativeParts } from './native-parts.ts'
import { productionPackages } from './production-packages.ts'

/** docs/licenses.md: what an installation brings along. */
export function renderLicensesPage (): string {
  const packages = productionPackages()
  const counts = new Map<string, number>()
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1)
  return `<!-- Written by npm run docs from package-lock.json and scripts/native-parts.ts. -->
# Licences of what comes along

The service itself is under [Apache-2.0](../LICENSE). These packages are installed with it; those with an asterisk only on the systems
that need them. Which licences may come in stands in \`test/supply-chain.test.ts\`. The licences of the networks are another matter:
[models.md](models.md). \`make sbom\` writes the same as CycloneDX, with the decoders inside libvips.

| licence | packages |
|---|---|
${[...counts].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([licence, count]) => `| ${licence} | ${count} |`).join('\n')}

## Compiled parts

| part | in | licence | source | |
|---|---|---|---|---|
${nativeParts.map(({ part, inside, licence, source, note }) => `| ${part} | \`${inside}${inside.endsWith('-') ? '*' : ''}\` | ${licence} | [${source.replace('https://github.com/', '')}](${source}) | ${note} |`).join('\n')}

## Packages

| package | version | licence |
|---|---|---|
${packages.map(({ name, version, licence, optional }) => `| \`${name}\`${optional ? '\\*' : ''} | ${version} | ${licence} |`).join('\n')}
`
}
