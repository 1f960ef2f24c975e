/** Why no copy could be made. Its message is a whole sentence that says what is missing. */
export class QuantizerFault extends Error {
  override name = 'QuantizerFault'
}
