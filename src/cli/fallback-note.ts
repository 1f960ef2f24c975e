/** What a person must know before a command works for hours with other models than those of the mode. @param reason a sentence, with the remedy */
export function fallbackNote (mode: string, reason: string): string {
  return `STARTER MODELS INSTEAD OF MODE=${mode}: poses are drafts of the small models that are built in. ${reason}`
}
