import { stat } from 'node:fs/promises'
import type { Device, MappedFolder, Role } from '../protocol.ts'
import { openMappedCopy, type Session } from './create-session.ts'
import { dropMappedCopy, findMappedCopy, noteMappedCopyUse } from './mapped-copy.ts'

export interface MappedNetworks {
  /** Whether a copy of this model is worth having on this device. */
  wants (path: string, device: Device): Promise<boolean>
  /**
   * The network from its copy; null when there is none that can be opened.
   * @param isOccasional as for openMappedCopy
   */
  open (sha256: string, role: Role, intraOpThreads: number, isOccasional?: boolean): Promise<Session | null>
  /** Tells those who tidy the folder that the copy is in use still. */
  noteUse (sha256: string): Promise<void>
}

/** @param folder undefined: copies are switched off */
export function createMappedNetworks (folder: MappedFolder | undefined): MappedNetworks {
  return {
    async wants (path, device) {
      // Accelerators have a layout and a memory of their own.
      if (folder === undefined || device.name !== 'cpu') return false
      return await stat(path).then(({ size }) => size >= folder.leastBytes, () => false)
    },

    async open (sha256, role, intraOpThreads, isOccasional) {
      if (folder === undefined) return null
      const copy = await findMappedCopy(folder.dir, sha256)
      if (copy === null) return null
      try {
        return await openMappedCopy(copy, role, intraOpThreads, isOccasional)
      } catch {
        await dropMappedCopy(copy)
        return null
      }
    },

    async noteUse (sha256) {
      if (folder !== undefined) await noteMappedCopyUse(folder.dir, sha256)
    }
  }
}
