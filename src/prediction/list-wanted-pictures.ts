import type { BoxSource } from '../../workers/protocol.ts'
import { createPoseError, isPoseError, type PoseError } from '../errors.ts'
import type { ControlPlan, PicturePlan } from '../label-studio/control-plan.ts'
import { readDrawnPeople } from '../label-studio/read-drawn-people.ts'
import { readPrompt } from '../label-studio/read-prompt.ts'
import { findTaskImages, type TaskImage } from '../label-studio/task-image.ts'

export interface WantedPicture {
  plan: PicturePlan
  address: string
  /** Page of a multi-page picture; null for a single picture. */
  itemIndex: number | null
  boxSource: BoxSource
}

export interface ListWantedPicturesOptions {
  /** What an annotator drew to ask for a person; null: all people are meant. */
  context: unknown
  /** Regions of an annotation: where people are drawn in them, the detector does not look. */
  drawn?: unknown
  maxPeople: number
  maxTasks: number
}

/**
 * The pictures of a task in which people are to be found. Of several Image tags those for which the task has no address are left out,
 * as long as it has one for another.
 * @throws PoseError SOURCE_MISSING, TOO_MANY_PAGES
 */
export function listWantedPictures (data: unknown, { pictures, images }: ControlPlan, { context, drawn, maxPeople, maxTasks }: ListWantedPicturesOptions): WantedPicture[] {
  const missing: PoseError[] = []

  function find (picture: PicturePlan): TaskImage[] {
    try {
      return findTaskImages(data, picture.image, images)
    } catch (error) {
      if (!isPoseError(error) || error.errorName !== 'SOURCE_MISSING') throw error
      missing.push(error)
      return []
    }
  }

  /** null: nothing is asked for there. */
  function sourceOf (picture: PicturePlan, itemIndex: number | null): BoxSource | null {
    // An annotator asks for the drawn person alone; pictures without a prompt stay as they are.
    if (context !== null) return readPrompt(context, picture, itemIndex, maxPeople)
    const boxes = readDrawnPeople(drawn, picture, itemIndex, maxPeople)
    return boxes.length > 0 ? { kind: 'boxes', boxes } : { kind: 'detector' }
  }

  // What a request for somebody is not about may lack its picture.
  const asked = context === null ? pictures : pictures.filter((picture) => sourceOf(picture, null) !== null)
  const wanted = asked.flatMap((picture) => {
    const found = find(picture)
    if (found.length > maxTasks) throw createPoseError('TOO_MANY_PAGES', `${found.length}, at most ${maxTasks} are taken, see MAX_TASKS`)
    return found.flatMap(({ address, itemIndex }): WantedPicture[] => {
      const boxSource = sourceOf(picture, itemIndex)
      return boxSource === null ? [] : [{ plan: picture, address, itemIndex, boxSource }]
    })
  })
  const [first] = missing
  if (wanted.length === 0 && first !== undefined) throw first
  return wanted
}
