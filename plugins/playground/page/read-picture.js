/**
 * @typedef {import('../page-facts.ts').PageLimits} PageLimits
 * @typedef {{ dataUri: string, note: string | null }} ReadPicture
 */

/** Of the JPEG that a picture becomes when it is shrunk: finer than any network sees. */
const quality = 0.92
/** Longest side of a picture that is shrunk for its bytes. */
const smallerSide = 4096

/**
 * A picture as /predict takes it. It is shrunk only where the service would refuse it as it is.
 * @param {Blob} file
 * @param {HTMLImageElement | null} image null when the browser cannot read it; then the service is asked all the same
 * @param {PageLimits} limits
 * @returns {Promise<ReadPicture>}
 */
export async function readPicture (file, image, { pixels, bytes, bodyBytes }) {
  // In base64 it is a third longer, and there is a little around it.
  const mostBytes = Math.min(bytes, bodyBytes * 0.74)
  const count = image === null ? 0 : image.naturalWidth * image.naturalHeight
  if (image === null || (file.size <= mostBytes && count <= pixels)) return { dataUri: await toDataUri(file), note: null }

  const scale = Math.min(1, Math.sqrt(pixels / count), file.size > mostBytes ? smallerSide / Math.max(image.naturalWidth, image.naturalHeight) : 1)
  // Rounded down: one pixel more than allowed is too many.
  const [width = 1, height = 1] = [image.naturalWidth, image.naturalHeight].map((side) => Math.max(1, Math.floor(side * scale)))
  const canvas = new OffscreenCanvas(width, height)
  canvas.getContext('2d')?.drawImage(image, 0, 0, width, height)
  const smaller = await canvas.convertToBlob({ type: 'image/jpeg', quality })
  const reason = count > pixels ? `${round(count / 1e6)} megapixels, the service takes ${round(pixels / 1e6)}` : `${round(file.size / 2 ** 20)} MB, the service takes ${round(mostBytes / 2 ** 20)}`
  return { dataUri: await toDataUri(smaller), note: `Shrunk to ${width} × ${height} for the service (${reason}).` }
}

/**
 * @param {Blob} blob what calls itself no picture goes as bytes: the service says what is wrong with them
 * @returns {Promise<string>}
 */
async function toDataUri (blob) {
  const typed = blob.type.startsWith('image/') ? blob : new Blob([blob], { type: 'application/octet-stream' })
  return await new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => { resolve(String(reader.result)) }
    reader.onerror = () => { reject(new Error('The file cannot be read. It may have been moved or deleted, or is a folder: choose the pictures themselves.')) }
    reader.readAsDataURL(typed)
  })
}

/** @param {number} value */
function round (value) {
  return Math.round(value * 10) / 10
}
