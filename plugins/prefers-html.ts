/**
 * Whether a client would rather have a page than JSON: browsers name text/html, while scripts and Label Studio take anything.
 * @param accept the header Accept
 */
export function prefersHtml (accept: string | undefined): boolean {
  const ranges = new Map((accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    return [type, weight === undefined ? 1 : Number(weight.slice(2)) || 0]
  }))
  const html = ranges.get('text/html') ?? 0
  const json = ranges.get('application/json') ?? ranges.get('application/*') ?? ranges.get('*/*') ?? 0
  return html > json || (html > 0 && html === json && !ranges.has('application/json'))
}
