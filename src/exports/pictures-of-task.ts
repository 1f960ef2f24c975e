import type { KeypointSet } from '../../models/keypoint-set.ts'
import { isPoseError } from '../errors.ts'
import type { ControlPlan } from '../label-studio/control-plan.ts'
import { findPictureSize } from '../label-studio/find-picture-size.ts'
import type { LabelledTask } from '../label-studio/labelled-task.ts'
import { readPeople } from '../label-studio/read-people.ts'
import { findTaskImages, type TaskImage } from '../label-studio/task-image.ts'
import type { ExportedPicture } from './exported-picture.ts'
import { pathInStorage } from './path-in-storage.ts'

/** `fileName` is the path inside the picture's own storage. */
export interface TaskPicture extends ExportedPicture {
  task: number
  /** Name of the Image tag. */
  imageName: string
  /** As it stands in the task, also where that is the picture itself. */
  source: string
}

export interface TaskPictures {
  pictures: TaskPicture[]
  /** What is lost, by region (null: the task as a whole). */
  problems: Array<{ region: string | null, reason: string }>
  /** What was left out on purpose: labels that are none of the points. */
  others: string[]
}

export interface PicturesOfTaskOptions {
  plan: ControlPlan
  set: KeypointSet
  labelStudioUrl: string | null
}

const mostPages = 10_000
const mostTags = 10
const mostPeople = 999

/** The pictures of a task with the people of one annotation or prediction, every one of its pages, with people or without. */
export function picturesOfTask (task: LabelledTask, result: unknown, { plan, set, labelStudioUrl }: PicturesOfTaskOptions): TaskPictures {
  const { people, faults } = readPeople(result, plan, set)
  const problems: TaskPictures['problems'] = faults.filter(({ kind }) => kind === 'broken').map(({ regionId, reason }) => ({ region: regionId, reason }))
  const others = faults.filter(({ kind }) => kind === 'other').map(({ reason }) => reason)
  const isSingle = plan.images.length === 1 && !plan.images[0]!.multi
  const left = new Set(people)
  const pictures: TaskPictures['pictures'] = []

  for (const { image } of plan.pictures) {
    const tag = plan.images.findIndex(({ name }) => name === image.name)
    for (const { address, itemIndex } of findAddresses(image)) {
      const page = itemIndex ?? 0
      if (tag >= mostTags || page >= mostPages) {
        problems.push({ region: null, reason: `page ${page + 1} of "${image.name}" is beyond what can be numbered (${mostTags} Image tags, ${mostPages} pages)` })
        continue
      }
      const id = isSingle ? task.id : (task.id * mostTags + tag) * mostPages + page
      const here = people.filter((person) => person.imageName === image.name && person.itemIndex === itemIndex)
      for (const person of here) left.delete(person)
      for (const person of here.splice(mostPeople)) problems.push({ region: person.id, reason: `is a person beyond the ${mostPeople} that a picture can have` })
      const [first] = here
      pictures.push({
        id,
        fileName: pathInStorage(address, labelStudioUrl) ?? `task-${id}`,
        source: address,
        address: /^\s*data:/i.test(address) ? null : address,
        task: task.id,
        imageName: image.name,
        page: itemIndex,
        size: first === undefined ? findPictureSize(task, image.name, itemIndex) : { width: first.width, height: first.height },
        people: here.map((person, rank) => ({ id: id * (mostPeople + 1) + rank + 1, person }))
      })
    }
  }
  for (const { id, imageName, itemIndex } of left) {
    problems.push({ region: id, reason: `is of a person on ${itemIndex === null ? '' : `page ${itemIndex + 1} of `}"${imageName}", where the task has no picture` })
  }
  return { pictures, problems, others }

  function findAddresses (image: ControlPlan['images'][number]): TaskImage[] {
    try {
      return findTaskImages(task.data, image, plan.images)
    } catch (error) {
      if (!isPoseError(error)) throw error
      problems.push({ region: null, reason: error.message })
      return []
    }
  }
}
