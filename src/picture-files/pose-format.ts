import type { PictureRecord } from './picture-record.ts'

/** One kind of files about all pictures together, ready to be written. */
export interface PoseFormat {
  /** Also of its folder. */
  name: string
  /** Files and folders that it writes there. */
  entries: readonly string[]
  create (folder: string): Promise<PoseWriter>
}

/** Writes picture by picture, so that memory does not grow with their number. */
export interface PoseWriter {
  /**
   * @param id number of the picture, from 1
   * @returns why the picture is not among the files ("has ..."), or null
   */
  add (record: PictureRecord, id: number): Promise<string | null>
  /** Completes the files. */
  finish (): Promise<void>
  /** Lets go of the files, complete or not. */
  close (): Promise<void>
}
