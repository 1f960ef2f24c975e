/**
 * Compares what a document shows with what a program has printed, by form: numbers, versions, addresses, users and paths may differ, words may not.
 * "..." stands for any lines.
 * @returns the first line that is shown and was not printed; null where there is none
 */
export function lacksForm (shown: string, printed: string): string | null {
  const lines = printed.split('\n').map(toForm)
  let from = 0
  for (const line of shown.split('\n')) {
    if (/^\s*(\.\.\.|…)\s*$/.test(line) || line.trim() === '') continue
    const at = lines.indexOf(toForm(line), from)
    if (at < 0) return line
    from = at + 1
  }
  return null
}

function toForm (line: string): string {
  return line
    .replace(/\b(rtmlib|starter)-[\w.-]+@[0-9a-f]{8}/g, 'VERSION')
    .replace(/\bmode [\w-]+/g, 'mode MODE')
    .replace(/\S+@\S+\.\w+/g, 'USER')
    .replace(/https?:\/\/[\w.:-]+/g, 'ADDRESS')
    .replace(/(?<![\w.])\/\S+\//g, 'FOLDER/')
    .replace(/-?\d+(\.\d+)*/g, '0')
    .replace(/\b(person|people|picture|pictures)\b/g, (word) => word.startsWith('pe') ? 'people' : 'pictures')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * The same for JSON: every field that is shown is there, with a value of the same kind; of lists the first entry counts.
 * @returns the path of the first that is not; null where there is none
 */
export function lacksFields (shown: unknown, printed: unknown, path = ''): string | null {
  if (Array.isArray(shown)) return Array.isArray(printed) && printed.length > 0 ? lacksFields(shown[0], printed[0], `${path}[0]`) : path
  if (typeof shown !== 'object' || shown === null) return typeof shown === typeof printed ? null : path
  if (typeof printed !== 'object' || printed === null) return path
  for (const [name, value] of Object.entries(shown)) {
    const lack = lacksFields(value, (printed as Record<string, unknown>)[name], `${path}.${name}`)
    if (lack !== null) return lack
  }
  return null
}
