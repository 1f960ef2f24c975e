import type { Session } from './create-session.ts'

/** Number, or the name of a free dimension. */
export type Dim = number | string

export interface TensorShape { name: string, type: string, dims: readonly Dim[] }

/** Names, types and dimensions of a graph's inputs or outputs. */
export function tensorShapes (metadata: Session['inputMetadata']): TensorShape[] {
  return metadata.filter((value) => value.isTensor).map((value) => ({ name: value.name, type: value.type, dims: value.shape }))
}

/** `input [1, 3, 416, 416]`, for messages. */
export function describeTensors (tensors: readonly TensorShape[]): string {
  return tensors.map(({ name, dims }) => `${name} [${dims.join(', ')}]`).join(', ') || 'none'
}

/** A free dimension fits everything. */
export function fits (dim: Dim | undefined, value: number): boolean {
  return typeof dim === 'string' || dim === value
}
