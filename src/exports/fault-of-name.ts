const faults: Readonly<Record<string, 'taken' | 'too long'>> = { EEXIST: 'taken', EISDIR: 'taken', ENOTDIR: 'taken', ENAMETOOLONG: 'too long' }

/** What is wrong with a name that a file system takes no file under; null: the fault is not the name's. */
export function faultOfName (error: unknown): 'taken' | 'too long' | null {
  return faults[(error as NodeJS.ErrnoException).code ?? ''] ?? null
}
