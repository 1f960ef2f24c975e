/** How names of files end that are taken for pictures, in small letters. */
export const pictureEndings: ReadonlySet<string> = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.gif', '.tif', '.tiff'])
