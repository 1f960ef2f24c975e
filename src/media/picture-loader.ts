/** What the rest of the service sees of fetching pictures. Made by createPictureLoader. */

export interface PictureSource {
  /**
   * As it stands in the task: data:, http(s), /data/upload/..., /data/local-files/?d=..., also under a path prefix;
   * s3://, gs:// and azure-blob:// through Label Studio.
   */
  address: string
  /** Credentials of the project for pictures outside Label Studio (params.login, params.password). */
  basicAuth: { user: string, password: string } | null
  /** The task and project that the picture belongs to, where they are known. */
  owner?: PictureOwner
}

/** Numbers in Label Studio. */
export interface PictureOwner { task: number | null, project: number | null }

export interface PictureLoader {
  /**
   * The bytes of the encoded picture, in an ArrayBuffer of their own (ready to be transferred to a thread).
   * @throws PoseError SOURCE_*, IMAGE_TOO_MANY_BYTES, IMAGE_UNREADABLE (no bytes, damaged base64), LABEL_STUDIO_*,
   *   CANCELLED or the PoseError the signal was aborted with, SHUTTING_DOWN
   */
  load (source: PictureSource, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
  /** Closes the sockets. */
  close (): Promise<void>
}
