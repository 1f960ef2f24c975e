import { openCamera } from './camera.js'
import { findElement } from './create-element.js'
import { serviceAddress } from './service.js'

/**
 * The ways by which pictures come in: chosen, pasted, dropped, taken with the camera, or one of the drawn figures.
 * @param {(files: File[]) => void} onFiles
 * @param {() => void} onFailure a drawn figure could not be had: the service may be gone
 * @returns {{ choose: () => void, camera: () => void }} what buttons open
 */
export function watchForPictures (onFiles, onFailure) {
  for (const id of ['files', 'camera-file']) {
    const input = findElement(id, HTMLInputElement)
    input.onchange = () => {
      onFiles([...input.files ?? []])
      // The same file may be chosen again.
      input.value = ''
    }
  }
  const label = findElement('examples-label', HTMLElement)
  for (const button of document.querySelectorAll('button[data-example]')) {
    const name = button.getAttribute('data-example') ?? ''
    button.addEventListener('click', () => {
      fetch(new URL(`playground/examples/${name}`, serviceAddress))
        .then(async (answer) => {
          if (!answer.ok) throw new Error(answer.statusText)
          label.textContent = 'or take a drawn one'
          onFiles([new File([await answer.blob()], name, { type: 'image/jpeg' })])
        })
        .catch(() => {
          label.textContent = 'The drawn picture did not come: try again in a moment, or take one of your own.'
          onFailure()
        })
    })
  }
  document.addEventListener('paste', (event) => {
    const files = [...event.clipboardData?.files ?? []]
    // Office programs give a picture beside the text that was copied: into a field goes the text.
    if (files.length === 0 || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    onFiles(files)
  })
  watchForDrops(onFiles)
  return {
    choose () { findElement('files', HTMLInputElement).click() },
    camera () { openCamera((file) => { onFiles([file]) }) }
  }
}

/** @param {(files: File[]) => void} onFiles */
function watchForDrops (onFiles) {
  const hint = findElement('drop', HTMLElement)
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') === true
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return
    event.preventDefault()
    hint.hidden = false
  })
  // Without a place it goes to, it leaves the window.
  document.addEventListener('dragleave', (event) => { if (event.relatedTarget === null) hint.hidden = true })
  document.addEventListener('drop', (event) => {
    hint.hidden = true
    if (!hasFiles(event)) return
    event.preventDefault()
    onFiles([...event.dataTransfer?.files ?? []])
  })
}
