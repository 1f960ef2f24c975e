import sharp from 'sharp'

export interface DrawnPictureOptions {
  width?: number
  height?: number
  /** Left edges of the figures, fractions of the width; each is a quarter of the picture's longer side wide and half of it high. */
  figures?: readonly number[]
  format?: 'jpeg' | 'png' | 'webp'
}

/** Pixels of a dark picture with bright upright figures, which the detector of onnx-model.ts takes for people. */
export function drawPixels (options: DrawnPictureOptions = {}): { rgb: Uint8Array, width: number, height: number } {
  const width = options.width ?? 640
  const height = options.height ?? 480
  const rgb = new Uint8Array(width * height * 3)
  for (let i = 0; i < rgb.length; i++) rgb[i] = 24 + (i * 7) % 9
  const side = Math.max(width, height)
  for (const left of options.figures ?? [0.25]) {
    const x0 = Math.round(left * width)
    const y0 = Math.round(height - side / 2 - (height - side / 2) / 2)
    for (let y = Math.max(0, y0); y < Math.min(height, y0 + side / 2); y++) {
      for (let x = Math.max(0, x0); x < Math.min(width, x0 + side / 4); x++) {
        const shade = 215 + ((x - x0) * 3 + (y - y0)) % 37
        rgb[(y * width + x) * 3] = shade
        rgb[(y * width + x) * 3 + 1] = shade - 6
        rgb[(y * width + x) * 3 + 2] = shade - 12
      }
    }
  }
  return { rgb, width, height }
}

/** The same, encoded, in an ArrayBuffer of its own. */
export async function drawPicture (options: DrawnPictureOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { rgb, width, height } = drawPixels(options)
  const file = await sharp(rgb, { raw: { width, height, channels: 3 } }).toFormat(options.format ?? 'jpeg').toBuffer()
  return new Uint8Array(file)
}
