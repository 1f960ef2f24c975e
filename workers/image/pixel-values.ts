/** How bytes become the numbers of a network's input. */
export interface PixelValues {
  /** For each of the three planes of the tensor: which of R, G, B it holds (0, 1, 2). */
  planes: readonly [number, number, number]
  /** For each plane, value of each byte: (byte - mean) / std, computed in float64 and cast once, as NumPy does. */
  tables: readonly [Float32Array, Float32Array, Float32Array]
}

export interface PixelFormat {
  channelOrder: 'rgb' | 'bgr'
  /** In channelOrder. */
  mean: readonly [number, number, number]
  std: readonly [number, number, number]
}

export function createPixelValues ({ channelOrder, mean, std }: PixelFormat): PixelValues {
  const table = (plane: 0 | 1 | 2) => Float32Array.from({ length: 256 }, (_, byte) => (byte - mean[plane]) / std[plane])
  return {
    planes: channelOrder === 'rgb' ? [0, 1, 2] : [2, 1, 0],
    tables: [table(0), table(1), table(2)]
  }
}
