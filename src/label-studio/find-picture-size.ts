import type { LabelledTask } from './labelled-task.ts'

/** The pixels of a task's picture, from any region anybody has put on it; null when there is none. */
export function findPictureSize ({ annotations = [], predictions = [] }: LabelledTask, imageName: string, itemIndex: number | null): { width: number, height: number } | null {
  for (const { result } of [...annotations, ...predictions]) {
    if (!Array.isArray(result)) continue
    for (const region of result as unknown[]) {
      if (typeof region !== 'object' || region === null) continue
      const { to_name: toName, item_index: index, original_width: width, original_height: height } = region as Record<string, unknown>
      const isHere = toName === imageName && (itemIndex === null || (index ?? 0) === itemIndex)
      if (isHere && typeof width === 'number' && typeof height === 'number' && width >= 1 && height >= 1) return { width, height }
    }
  }
  return null
}
