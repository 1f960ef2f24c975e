const OPENMMLAB = 'https://download.openmmlab.com/mmpose/v1/projects/'
/** The author's mirror at a fixed revision, so that its files cannot change under us. */
const MIRROR = 'https://huggingface.co/Tau-J/RTMPose/resolve/cd4d7095f5cfc9cfc4f46289bee91ea4a1e1d9fd/'

/** Where an archive of RTMLib can be had, in the order to try. `path` is its path below OpenMMLab's projects folder. */
export function downloadAddresses (path: string): string[] {
  return [OPENMMLAB + path, MIRROR + path]
}
