import { copyText } from './copy-text.js'
import { createElement, findElement } from './create-element.js'
import { drawPeople } from './draw-people.js'
import { exportPictures, ServiceError } from './service.js'

/**
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 * @typedef {import('./picture-view.js').Scene} Scene
 * @typedef {import('../page-facts.ts').PageFacts} PageFacts
 */

/**
 * The buttons that copy what is seen, and save it as a drawing.
 * @param {PageFacts} facts
 * @param {(all: boolean) => PictureRecord[]} records with the points that the slider leaves
 * @param {() => { name: string, scene: Scene } | null} current
 */
export function beginTakeAlong ({ presets }, records, current) {
  const note = findElement('take-note', HTMLElement)
  const all = findElement('take-all', HTMLInputElement)
  const preset = findElement('take-preset', HTMLSelectElement)
  preset.replaceChildren(...presets.map((name) => createElement('option', { value: name, selected: name === 'wholebody133' }, name)))

  /** @param {'label-studio' | 'coco'} format @param {string} words */
  async function copy (format, words) {
    const pictures = records(all.checked)
    note.textContent = ''
    try {
      const text = await exportPictures({ format, ...(format === 'label-studio' && { preset: preset.value }), pictures })
      const count = pictures.length === 1 ? '1 picture' : `${pictures.length} pictures`
      note.textContent = await copyText(text) ? `${words} of ${count} copied.` : 'The browser does not allow copying here. Try again, or open the page over HTTPS, or on the machine of the service.'
    } catch (error) {
      const isTooMuch = error instanceof ServiceError && error.code === 'POSE_ERR_BODY_TOO_LARGE'
      note.textContent = isTooMuch ? 'These are too many people to take along at once: take fewer pictures, or move the slider up.' : error instanceof Error ? error.message : String(error)
    }
  }

  findElement('copy-label-studio', HTMLButtonElement).onclick = () => copy('label-studio', 'Tasks with predictions, to import into Label Studio once the names are addresses that it can open,')
  findElement('copy-coco', HTMLButtonElement).onclick = () => copy('coco', 'COCO annotations')
  findElement('save-drawing', HTMLButtonElement).onclick = async () => {
    const shown = current()
    if (shown === null) return
    note.textContent = ''
    try {
      save(await drawPng(shown.scene), shown.name.replace(/(\.[^.]*)?$/, '-people.png'))
    } catch {
      note.textContent = 'The browser cannot draw a picture of this size. Make the picture smaller first.'
    }
  }
}

/** @param {number} done pictures that have their people @param {boolean} hasCurrent whether the one on the stage is among them */
export function enableTakeAlong (done, hasCurrent) {
  const all = findElement('take-all', HTMLInputElement)
  if (done < 2) all.checked = false
  for (const id of ['copy-label-studio', 'copy-coco']) findElement(id, HTMLButtonElement).disabled = !hasCurrent && !all.checked
  findElement('save-drawing', HTMLButtonElement).disabled = !hasCurrent
  findElement('take-all-label', HTMLElement).hidden = done < 2
  findElement('take-all-text', HTMLElement).textContent = `All ${done} pictures`
}

/**
 * The picture with its people, as large as it is.
 * @param {Scene} scene
 * @returns {Promise<Blob>}
 */
async function drawPng ({ image, width, height, set, ...scene }) {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('no canvas')
  if (image !== null) context.drawImage(image, 0, 0, width, height)
  if (set !== null) drawPeople(context, { ...scene, set, scale: 1, density: Math.max(1, Math.max(width, height) / 1000), chosen: null })
  return await canvas.convertToBlob({ type: 'image/png' })
}

/** @param {Blob} blob @param {string} name */
function save (blob, name) {
  const url = URL.createObjectURL(blob)
  createElement('a', { href: url, download: name }).click()
  // The download has begun by then.
  setTimeout(() => { URL.revokeObjectURL(url) }, 10_000)
}
