/** One line of a CSV file (RFC 4180, line feeds). null is an empty field. */
export function csvLine (fields: ReadonlyArray<string | number | null>): string {
  return `${fields.map((field) => field === null ? '' : quote(String(field))).join(',')}\n`
}

function quote (text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
