/** Writes workers/kernels/row-kernels.generated.ts from row-kernels.wat (npm run kernels). */
import { writeFile } from 'node:fs/promises'
import { assembleKernels } from './assemble-kernels.ts'

const target = new URL('../workers/kernels/row-kernels.generated.ts', import.meta.url)
await writeFile(target, await assembleKernels())
