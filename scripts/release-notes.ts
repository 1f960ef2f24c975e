/**
 * make release-notes [TAG=v1.2.3]: prints what CHANGELOG.md says of the version in package.json.
 * With a tag: fails unless it is that of the version, and the version has a section with a date and a text.
 */
import { readFile } from 'node:fs/promises'
import { version } from '../src/version.ts'
import { readChangelog } from './read-changelog.ts'

const tag = process.argv[2]
const sections = readChangelog(await readFile(new URL('../CHANGELOG.md', import.meta.url), 'utf8'))
const released = sections.find(({ name }) => name === version)
const problem = tag === undefined
  ? null
  : tag !== `v${version}`
    ? `The tag is ${tag}, but package.json has version ${version}: tag the commit v${version}.`
    : released === undefined
      ? `CHANGELOG.md has no section "## ${version} - <date>": rename "Unreleased" to it.`
      : released.text === '' ? `The section ${version} of CHANGELOG.md is empty.` : null
if (problem !== null) {
  console.error(problem)
  process.exitCode = 1
} else {
  console.log((released ?? sections.find(({ name }) => name === 'Unreleased'))?.text ?? '')
}
