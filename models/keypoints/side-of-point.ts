import { cocoWholebody133 } from './coco-wholebody-133.ts'
import { sideOfName, type Side } from './side-of-name.ts'

/** Points of the face on the person's own left (300W numbers): jaw, brow, nostril, eye, outer and inner lip. */
const faceLeft = [[9, 16], [22, 26], [34, 35], [42, 47], [52, 56], [63, 65]] as const

/** Which half of the person's own body a point of COCO-WholeBody lies on. @param index into its names */
export function sideOfPoint (index: number): Side {
  const name = cocoWholebody133.names[index] ?? ''
  const said = sideOfName(name)
  if (said !== 'middle' || cocoWholebody133.flip[index] === index) return said
  const face = Number(name.slice('face-'.length))
  return faceLeft.some(([first, last]) => face >= first && face <= last) ? 'left' : 'right'
}
