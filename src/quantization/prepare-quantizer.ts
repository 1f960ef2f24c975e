import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Role } from '../../workers/protocol.ts'
import { packagePath } from '../package-path.ts'
import { QuantizerFault } from './quantizer-fault.ts'
import { runProgram } from './run-program.ts'

/** How one copy is made; the fields are the switches of quantize.py. */
export interface Recipe {
  /** So many of the first layers with weights stay in fp32, and of the last. */
  fp32First: number
  fp32Last: number
  /** Only convolutions and matrix products in int8. */
  convolutions: boolean
  /** signed: int8; seven-bits: int8 of 7 bits; unsigned: uint8 around 128. See sumsMayOverflow. */
  weights: 'signed' | 'seven-bits' | 'unsigned'
}

export interface Quantizer {
  /** Writes a copy. @throws QuantizerFault with what the tool said last */
  quantize (order: { model: string, tensors: string, role: Role, out: string, recipe: Recipe }): Promise<void>
}

/**
 * The pinned Python environment of quantize.py, made on first use inside `folder` and kept there.
 * @param signal ends what Python does, then and later
 * @throws QuantizerFault when there is no usable Python or no package index; the signal's reason
 */
export async function prepareQuantizer (folder: string, python: string, note: (line: string) => void, signal: AbortSignal): Promise<Quantizer> {
  const run = async (file: string, args: readonly string[], explain: (reason: string) => string): Promise<void> => {
    try {
      await runProgram(file, args, signal)
    } catch (error) {
      throw signal.aborted ? error : new QuantizerFault(explain((error as Error).message))
    }
  }
  const source = packagePath('models/quantization/')
  const requirements = join(source, 'requirements.txt')
  const pinned = createHash('sha256').update(await readFile(requirements)).digest('hex').slice(0, 8)
  const environment = join(folder, `python-${pinned}`)
  const complete = join(environment, 'complete')
  const program = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (!existsSync(complete)) {
    note(`Making the Python environment of the quantiser in ${environment} ...`)
    await rm(environment, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    await run(python, ['-m', 'venv', environment], (reason) => `Quantising needs Python 3.11 or newer with its module venv (Debian: python3-venv), named by --python: ${reason}.`)
    await run(program, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], (reason) => `The packages of ${requirements} could not be installed: ${reason}. They come from the package index that pip is set to.`)
    await writeFile(complete, '')
  }
  return {
    async quantize ({ model, tensors, role, out, recipe }) {
      const order = ['--model', model, '--tensors', tensors, '--role', role, '--out', out, '--fp32-first', String(recipe.fp32First), '--fp32-last', String(recipe.fp32Last), '--weights', recipe.weights, ...recipe.convolutions ? ['--convolutions'] : []]
      await run(program, [join(source, 'quantize.py'), ...order], (reason) => `The ${role} could not be quantised: ${reason}`)
    }
  }
}

/**
 * Whether int8 weights may cost accuracy: x86 processors without VNNI add two products with them in 16 bits, which can overflow. Weights of
 * 7 bits cannot, at full speed; unsigned ones neither, with all 8 bits, but their products take longer.
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
export function sumsMayOverflow (): boolean {
  if (process.arch !== 'x64') return false
  try {
    return !/avx512_vnni|avx_vnni/.test(readFileSync('/proc/cpuinfo', 'latin1'))
  } catch {
    return true
  }
}
