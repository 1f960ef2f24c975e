/** With fewer pictures the loading of the networks is a large part of the processor time. */
export const fewestPictures = 200

export interface RunningCost {
  /** Processor time of the whole process over the pictures that its networks have estimated. */
  msPerPicture: number
  people: number
  pictures: number
}

/**
 * What a picture costs in a running service, from the text of its /metrics.
 * @returns null when the text is not that of this service; msPerPicture is NaN where no picture has been estimated yet
 */
export function readRunningCost (metrics: string): RunningCost | null {
  const read = (name: string) => {
    const value = new RegExp(`^${name} ([0-9.e+-]+)$`, 'm').exec(metrics)?.[1]
    return value === undefined ? null : Number(value)
  }
  const seconds = read('process_cpu_seconds_total')
  const people = read('rtmpose_people_total')
  if (seconds === null || people === null) return null
  const pictures = read('rtmpose_pictures_total{source="networks"}') ?? 0
  return { msPerPicture: seconds * 1000 / pictures, people: people / pictures, pictures }
}
