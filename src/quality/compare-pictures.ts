import { picturesOfTask, type PicturesOfTaskOptions } from '../exports/pictures-of-task.ts'
import type { LabelledTask } from '../label-studio/labelled-task.ts'
import { toComparedPerson, type ComparedPerson } from './compared-person.ts'

/** A picture with the people that the prediction and the annotation show on it. */
export interface PeopleOnPicture {
  imageName: string
  page: number | null
  size: { width: number, height: number } | null
  predicted: ComparedPerson[]
  truths: ComparedPerson[]
}

/**
 * The pictures of a task, with people or without.
 * @param results of the prediction and of the annotation, as Label Studio stores them
 * @returns also what could not be read, for "task 3<problem>"
 */
export function comparePictures (task: LabelledTask, results: { predicted: unknown, annotated: unknown }, options: PicturesOfTaskOptions): { pictures: PeopleOnPicture[], problems: string[] } {
  const [after, before] = [picturesOfTask(task, results.annotated, options), picturesOfTask(task, results.predicted, options)]
  const counterparts = new Map(before.pictures.map((picture) => [picture.id, picture]))
  return {
    pictures: after.pictures.map(({ id, imageName, page, size, people }) => {
      const counterpart = counterparts.get(id)
      return {
        imageName,
        page,
        size: size ?? counterpart?.size ?? null,
        predicted: counterpart?.people.map(({ person }) => toComparedPerson(person)) ?? [],
        truths: people.map(({ person }) => toComparedPerson(person))
      }
    }),
    problems: [
      ...after.problems.map(({ region, reason }) => `${region === null ? '' : `, region ${region}`} ${reason}`),
      ...before.problems.flatMap(({ region, reason }) => region === null ? [] : [`, region ${region} of its prediction ${reason}`])
    ]
  }
}
