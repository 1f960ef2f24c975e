import { createElement, findElement } from './create-element.js'
import { waitsForModel } from './picture-queue.js'

/** @typedef {import('./picture-queue.js').Picture} Picture */

/**
 * The pictures under the stage, each with its state.
 * @param {readonly Picture[]} pictures
 * @param {Picture | null} current
 * @param {(picture: Picture) => number} countPeople of one that is done
 * @param {{ onOpen: (picture: Picture) => void, onRemove: (picture: Picture) => void }} acts
 */
export function showPictures (pictures, current, countPeople, { onOpen, onRemove }) {
  const list = findElement('pictures', HTMLElement)
  findElement('strip', HTMLElement).hidden = pictures.length === 0
  const known = new Map([...list.children].map((item) => [item.getAttribute('data-url'), item]))
  for (const [url, item] of known) if (!pictures.some((picture) => picture.url === url)) item.remove()
  for (const picture of pictures) {
    const item = known.get(picture.url) ?? list.appendChild(createItem(picture, onOpen, onRemove))
    const button = /** @type {HTMLElement} */ (item.firstElementChild)
    button.className = `thumb ${waitsForModel(picture) ? 'waiting' : picture.state}`
    button.setAttribute('aria-pressed', String(picture === current))
    const state = /** @type {HTMLElement} */ (button.querySelector('.state'))
    state.textContent = describeState(picture, countPeople)
    if (picture.image !== null && button.querySelector('img') === null) {
      button.querySelector('.no-thumb')?.replaceWith(createElement('img', { src: picture.url, alt: '' }))
    }
  }
}

/**
 * @param {Picture} picture
 * @param {(picture: Picture) => void} onOpen
 * @param {(picture: Picture) => void} onRemove
 */
function createItem (picture, onOpen, onRemove) {
  return createElement('li', { 'data-url': picture.url },
    createElement('button', { type: 'button', onclick: () => { onOpen(picture) } },
      createElement('span', { class: 'no-thumb', 'aria-hidden': 'true' }),
      createElement('span', {}, createElement('b', { title: picture.name }, picture.name), createElement('span', { class: 'state' }))),
    createElement('button', { type: 'button', class: 'remove', 'aria-label': `Remove ${picture.name}`, onclick: () => { onRemove(picture) } }, '×'))
}

/** @param {Picture} picture @param {(picture: Picture) => number} countPeople */
function describeState (picture, countPeople) {
  if (picture.state === 'waiting') return 'Waits'
  if (waitsForModel(picture)) return 'Waits for the model'
  if (picture.state === 'working') return 'Looking for people'
  if (picture.state === 'failed') return 'Failed'
  const people = countPeople(picture)
  return people === 0 ? 'Nobody found' : people === 1 ? '1 person' : `${people} people`
}
