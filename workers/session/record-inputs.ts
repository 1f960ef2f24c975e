import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tensor } from 'onnxruntime-node'
import type { Role } from '../protocol.ts'
import type { Networks } from './load-networks.ts'

/**
 * The same networks, writing what they are fed: `<role>-<number>.f32` with the values (float32, little endian) and `<role>-<number>.json`
 * with name and dims. Whoever calibrates a copy of a network then measures with exactly what the service feeds it.
 * @param folder made when it is missing
 */
export function recordInputs (networks: Networks, folder: string): Networks {
  const counts: Record<Role, number> = { detector: 0, pose: 0 }
  return {
    ...networks,
    async run (role, feeds) {
      await mkdir(folder, { recursive: true })
      for (const [name, value] of Object.entries(feeds)) {
        const { dims, data } = value as Tensor
        const values = data as Float32Array
        const stem = join(folder, `${role}-${String(counts[role]++).padStart(6, '0')}`)
        await writeFile(`${stem}.f32`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        // Last, because a reader takes it for a sign that the values are there.
        await writeFile(`${stem}.json`, JSON.stringify({ name, dims }))
      }
      return await networks.run(role, feeds)
    }
  }
}
