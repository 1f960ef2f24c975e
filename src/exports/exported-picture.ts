import type { AnnotatedPerson } from '../label-studio/annotated-person.ts'

/** One picture with its people, as the writers take it. */
export interface ExportedPicture {
  /** Of a task: made from its number, so that it stays the same from export to export. */
  id: number
  /** With `/` between folders, inside the folder of pictures. */
  fileName: string
  /** Where it lies, as it stands in the task; null for pictures inside the task, and for files. */
  address: string | null
  /** null: a file, outside Label Studio. */
  task: number | null
  /** Page of a multi-page picture, null for a single picture. */
  page: number | null
  /** Pixels of the upright picture; null when no region tells them. */
  size: { width: number, height: number } | null
  people: readonly ExportedPerson[]
}

export interface ExportedPerson {
  /** Made from the picture's id and the person's place on it. */
  id: number
  person: AnnotatedPerson
}

/** Why a picture is not among files that hold its size; no label is lost with it, so it is left out on purpose. */
export const hasNoSize = 'has nobody on it, and no region that tells its size'

/** One kind of files. Writes picture by picture, so that memory does not grow with the project. */
export interface ExportWriter {
  /** @returns why the picture is not among the files, or null */
  add (picture: ExportedPicture): Promise<string | null>
  /** Completes the files. */
  finish (): Promise<void>
  /** Lets go of the files, complete or not. */
  close (): Promise<void>
}
