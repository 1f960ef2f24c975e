import type { PixelValues } from '../image/pixel-values.ts'
import { rowKernels } from './row-kernels.generated.ts'

/** The functions of row-kernels.wat; addresses are bytes in the workspace's memory. */
interface RowKernels {
  resizeColumns (source: number, plan: number, width: number, into: number): void
  resizeRows (upper: number, lower: number, upperWeight: number, lowerWeight: number, width: number, red: number, green: number, blue: number): void
  cropColumns (source: number, plan: number, width: number, into: number): void
  cropRows (upper: number, lower: number, fraction: number, width: number, red: number, green: number, blue: number): void
}

/** Most pixels of a source row that fit in; wider ones go the plain way. A JPEG cannot be wider. */
const MOST_PIXELS = 65_536

/** Zeros before the source row: what lies to the left of a picture, and what lies nowhere in it. */
const SOURCE_PAD = 16
/** Bytes per pixel of a plan and of an intermediate row. */
const STEP = 16

/** Memory in which the kernels turn pixels into a network's input. The runtime reads the input from there: nothing is copied. */
export interface RowWorkspace {
  kernels: RowKernels
  /** images x 3 planes of height x width. */
  tensor: Float32Array
  mostPixels: number
  /** Bytes of a source row; SOURCE_PAD zeros come before, and 8 bytes after it are read. */
  source: Uint8Array
  sourceAddress: number
  sourcePad: number
  plan: DataView
  planAddress: number
  /** Two intermediate rows. */
  rows: readonly [Float32Array, Float32Array]
  rowAddresses: readonly [number, number]
  /** Address of the planes of R, G, B of an image. */
  planes (image: number): [red: number, green: number, blue: number]
}

/** What is used of WebAssembly; TypeScript describes it only for browsers. */
interface WebAssemblyApi {
  Memory: new (size: { initial: number, maximum: number }) => { buffer: ArrayBuffer }
  Module: new (code: Uint8Array) => object
  Instance: new (module: object, imports: object) => { exports: unknown }
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly
let compiled: object | null = null

/**
 * @param width @param height of the network's input
 * @param images most images in one input
 * @returns null where WebAssembly memory cannot be had, for example under a limit on virtual memory
 */
export function createRowWorkspace (width: number, height: number, images: number, values: PixelValues): RowWorkspace | null {
  const area = width * height
  const tables = 3 * 256 * 4
  const planAddress = tables
  const row = (width + 1) * STEP
  const rowAddresses = [planAddress + row, planAddress + 2 * row] as const
  const sourceAddress = planAddress + 3 * row
  const sourceBytes = SOURCE_PAD + MOST_PIXELS * 3 + 16
  const tensorAddress = sourceAddress + sourceBytes
  const pages = Math.ceil((tensorAddress + images * 3 * area * 4) / 65_536)
  let memory: { buffer: ArrayBuffer }
  let kernels: RowKernels
  try {
    memory = new Memory({ initial: pages, maximum: pages })
    compiled ??= new Module(Buffer.from(rowKernels, 'base64'))
    kernels = new Instance(compiled, { host: { memory } }).exports as unknown as RowKernels
  } catch {
    return null
  }
  const { buffer } = memory
  // The kernels know colours, the tensor planes: a table and a plane for each colour.
  const planeOf = [0, 1, 2].map((colour) => values.planes.indexOf(colour))
  planeOf.forEach((plane, colour) => { new Float32Array(buffer, colour * 1024, 256).set(values.tables[plane]!) })
  return {
    kernels,
    tensor: new Float32Array(buffer, tensorAddress, images * 3 * area),
    mostPixels: MOST_PIXELS,
    source: new Uint8Array(buffer, sourceAddress, sourceBytes),
    sourceAddress,
    sourcePad: SOURCE_PAD,
    plan: new DataView(buffer, planAddress, row),
    planAddress,
    rows: [new Float32Array(buffer, rowAddresses[0], row / 4), new Float32Array(buffer, rowAddresses[1], row / 4)],
    rowAddresses,
    planes: (image) => planeOf.map((plane) => tensorAddress + (image * 3 + plane) * area * 4) as [number, number, number]
  }
}
