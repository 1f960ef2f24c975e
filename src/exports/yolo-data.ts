import type { PointLayout } from './point-layout.ts'

/** The text of data.yaml. Without a pair of left and right for every point there is no flip_idx, and pictures must not be mirrored. */
export function yoloData ({ names, flip }: PointLayout): string {
  return [
    '# Pictures lie in images/, labels in labels/ under the same names. Nothing is split off for validation: do so before training.',
    'train: images',
    'val: images',
    'names:',
    '  0: person',
    `kpt_shape: [${names.length}, 3]`,
    ...(flip === null ? [] : [`flip_idx: [${flip.join(', ')}]`]),
    'kpt_names:',
    `  0: [${names.join(', ')}]`,
    ''
  ].join('\n')
}
