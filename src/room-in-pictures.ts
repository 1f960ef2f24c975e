/** Pictures of the largest size that each priority may have in hand although others fill the room: a batch must not hold up an annotator. */
export const picturesOfPriority = 2
const priorities = 4

/**
 * The most bytes of fetched pictures that are held at once, counted in pictures of the largest size (DOWNLOAD_MAX_MB): one priority fills
 * the room of DOWNLOADS, and the others have theirs.
 */
export function roomInPictures (downloads: number): number {
  return Math.max(downloads, picturesOfPriority) + (priorities - 1) * picturesOfPriority
}
