/** Whether a text is a version as this service gives itself (createModelVersion): by it the connections of ours are found again. */
export function isOwnVersion (text: string | null | undefined): boolean {
  return /^(rtmlib-[a-z-]+|starter-\d+\.\d+\.\d+)@[0-9a-f]{8}$/.test(text ?? '')
}
