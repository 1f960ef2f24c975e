import type { PictureDrawing, WorstPicture } from './quality-report.ts'

export interface RankedPicture { picture: WorstPicture, drawing: PictureDrawing }

export interface WorstPictures {
  see (candidate: RankedPicture): void
  /** The worst first. */
  list (): RankedPicture[]
}

/** Keeps the pictures with the least OKS, so that memory does not grow with the project. Pictures without a fault are none. */
export function createWorstPictures (most: number): WorstPictures {
  const kept: RankedPicture[] = []
  return {
    see (candidate) {
      const { oks } = candidate.picture
      if (oks >= 1 || (kept.length === most && oks >= (kept.at(-1)?.picture.oks ?? 0))) return
      const place = kept.findIndex(({ picture }) => picture.oks > oks)
      kept.splice(place === -1 ? kept.length : place, 0, candidate)
      kept.length = Math.min(kept.length, most)
    },
    list: () => kept
  }
}
