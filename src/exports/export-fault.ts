/** Why nothing could be exported. Its message is a whole sentence that says what to do. */
export class ExportFault extends Error {
  override name = 'ExportFault'
}
