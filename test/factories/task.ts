import { drawPicture, type DrawnPictureOptions } from './drawn-picture.ts'

/** A task as Label Studio sends it, with a drawn picture in a data: URI. */
export async function drawnTask (id: number, options?: DrawnPictureOptions): Promise<{ id: number, data: { image: string } }> {
  return { id, data: { image: toDataUri(await drawPicture(options)) } }
}

export function toDataUri (bytes: Uint8Array, type = 'image/jpeg'): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
}
