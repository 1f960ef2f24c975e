/**
 * The form in which names of labels are compared: "Left Shoulder", "left-shoulder", "leftShoulder", "shoulder_l" and
 * "left_shoulder" are one name. A side as one letter counts only where a separator sets it off ("rear" is no ear).
 */
export function normalizeName (text: string): string {
  if (text.length > longest) return text
  const words = text.trim().toLowerCase().split(/[\s_\-./()]+/).filter((word) => word !== '')
  const last = words.length - 1
  if (last > 0 && sides.has(words[last]!) && !sides.has(words[0]!)) words.unshift(words.pop()!)
  if (last > 0) words[0] = sides.get(words[0]!) ?? words[0]!
  // "face-1-1" must not become face 11.
  return words.reduce((name, word) => name + (/\d$/.test(name) && /^\d/.test(word) ? '-' : '') + word, '')
}

/** Of the names that are compared; longer texts are none of them, whoever writes them. */
const longest = 200

/** A map: an object has "constructor" of itself. */
const sides = new Map([['l', 'left'], ['left', 'left'], ['r', 'right'], ['right', 'right']])
