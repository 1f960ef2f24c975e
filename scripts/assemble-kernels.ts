import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import createWabt from 'wabt'

const source = fileURLToPath(new URL('../workers/kernels/row-kernels.wat', import.meta.url))

/** The generated module: the machine code of row-kernels.wat as text, so that sources, tests and bundle load it in the same way. */
export async function assembleKernels (): Promise<string> {
  const wabt = await createWabt()
  const module = wabt.parseWat(source, await readFile(source, 'utf8'), { simd: true })
  module.resolveNames()
  module.validate()
  const { buffer } = module.toBinary({ write_debug_names: false })
  module.destroy()
  const lines = Buffer.from(buffer).toString('base64').match(/.{1,120}/g) ?? []
  return [
    '/** Written by `npm run kernels` from row-kernels.wat. */',
    'export const rowKernels =',
    lines.map((line) => `  '${line}'`).join(' +\n'),
    ''
  ].join('\n')
}
