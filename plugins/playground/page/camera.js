import { findElement } from './create-element.js'

/**
 * Takes a picture with the camera: in the page where the browser lets it (HTTPS or this machine), otherwise with the phone's own camera.
 * @param {(file: File) => void} onPicture
 */
export function openCamera (onPicture) {
  if (navigator.mediaDevices?.getUserMedia === undefined) {
    findElement('camera-file', HTMLInputElement).click()
    return
  }
  const dialog = findElement('camera', HTMLDialogElement)
  const video = findElement('video', HTMLVideoElement)
  const shoot = findElement('shoot', HTMLButtonElement)
  const note = findElement('camera-note', HTMLElement)
  /** @type {MediaStream | null} */
  let stream = null
  let isClosed = false
  note.textContent = 'Waiting for the camera…'
  shoot.disabled = true
  dialog.onclose = () => {
    isClosed = true
    // The camera's light goes out.
    for (const track of stream?.getTracks() ?? []) track.stop()
    video.srcObject = null
  }
  findElement('camera-close', HTMLButtonElement).onclick = () => { dialog.close() }
  shoot.onclick = async () => {
    shoot.disabled = true
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight)
    canvas.getContext('2d')?.drawImage(video, 0, 0)
    const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.92 })
    dialog.close()
    onPicture(new File([blob], 'camera.jpg', { type: 'image/jpeg' }))
  }
  dialog.showModal()
  navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1920 } } }).then(async (opened) => {
    stream = opened
    // It may be open anew by now, for another camera.
    if (isClosed) {
      for (const track of opened.getTracks()) track.stop()
      return
    }
    video.srcObject = opened
    await video.play()
    note.textContent = ''
    shoot.disabled = false
    shoot.focus()
  }).catch((/** @type {unknown} */ error) => {
    if (!isClosed) note.textContent = `The camera cannot be used (${error instanceof Error ? error.name : error}). Allow it for this page, or choose a picture instead.`
  })
}
