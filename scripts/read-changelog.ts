export interface ChangelogSection {
  /** A version as 1.2.3, or Unreleased. */
  name: string
  /** YYYY-MM-DD; null for Unreleased. */
  date: string | null
  /** What stands below the heading, trimmed. */
  text: string
}

/**
 * Sections of a changelog in the form of Keep a Changelog, newest first.
 * @throws Error with the line when a heading of the second level is neither `## Unreleased` nor `## 1.2.3 - 2026-01-31`
 */
export function readChangelog (text: string): ChangelogSection[] {
  return text.split(/^## /m).slice(1).map((part) => {
    const [heading = '', ...lines] = part.split('\n')
    const [, name, date] = /^(Unreleased|\d+\.\d+\.\d+(?:-[\w.]+)?)(?: - (\d{4}-\d{2}-\d{2}))?$/.exec(heading.trim()) ?? []
    if (name === undefined || (name === 'Unreleased') !== (date === undefined)) throw new Error(`CHANGELOG.md: "## ${heading}" is neither "## Unreleased" nor "## 1.2.3 - 2026-01-31".`)
    return { name, date: date ?? null, text: lines.join('\n').trim() }
  })
}
