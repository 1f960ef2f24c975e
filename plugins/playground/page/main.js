/** Puts the page together: pictures come in, people are shown. */
import { ConnectGuide } from './connect-guide.js'
import { findElement } from './create-element.js'
import { watchForPictures } from './picture-intake.js'
import { showPictures } from './picture-list.js'
import { mostPictures, PictureQueue, waitsForModel } from './picture-queue.js'
import { PictureView } from './picture-view.js'
import { getFacts } from './service.js'
import { watchService } from './service-status.js'
import { showModel, showParts, showPeople, showTiming } from './side-panel.js'
import { beginTakeAlong, enableTakeAlong } from './take-along.js'
import { visiblePeople } from './visible-people.js'

/**
 * @typedef {import('./picture-queue.js').Picture} Picture
 * @typedef {import('./service.js').ServiceHealth} ServiceHealth
 * @typedef {import('./draw-people.js').PartName} PartName
 */

/** Failures that end by themselves when the model is there. */
const modelIsMissing = /^POSE_ERR_MODEL_/
/** Failures that the same picture will always have. */
const isOfPicture = /^POSE_ERR_(IMAGE|SOURCE)_/

const guide = new ConnectGuide()
getFacts().then(begin, (/** @type {unknown} */ error) => {
  findElement('status-text', HTMLElement).textContent = error instanceof Error ? error.message : String(error)
  findElement('status', HTMLElement).className = 'status failed'
})

/** @param {import('./service.js').PageFacts} facts */
function begin (facts) {
  const queue = new PictureQueue(facts.limits)
  const threshold = findElement('threshold', HTMLInputElement)
  const announcer = findElement('announcer', HTMLElement)
  const zoomText = findElement('zoom-text', HTMLElement)
  const view = new PictureView(findElement('canvas', HTMLCanvasElement), findElement('tip', HTMLElement),
    (text) => { announcer.textContent = text },
    (percent, isFitted) => { zoomText.textContent = isFitted ? 'Fit' : `${percent} %` })
  /** @type {Set<PartName>} */
  const hiddenParts = new Set()
  /** @type {Picture | null} */
  let current = null
  /** @type {Picture | null} the one on the stage, with or without its people */
  let shown = null
  /** @type {object | null} the box of a person: it stays the same while the slider takes points and people away */
  let chosen = null
  /** @type {ServiceHealth | null} */
  let health = null
  let isThresholdChosen = false
  const isAnnounced = new WeakSet()

  guide.begin(facts)
  findElement('program-version', HTMLElement).textContent = facts.version
  const lookAgain = watchService((latest) => {
    health = latest
    guide.follow(latest)
    if (latest.model_loaded) queue.retry(({ error }) => modelIsMissing.test(error?.code ?? ''))
    showModel(health, current?.record?.modelVersion ?? null)
  })
  beginTakeAlong(facts, (all) => (all ? queue.pictures : [current]).flatMap((picture) => picture?.record ? [leave(picture.record)] : []), () => {
    const scene = sceneOf(current)
    return current === null || scene === null ? null : { name: current.name, scene }
  })

  queue.addEventListener('change', () => {
    for (const picture of queue.pictures) announce(picture)
    render()
  })
  threshold.oninput = () => {
    isThresholdChosen = true
    render()
  }
  findElement('take-all', HTMLInputElement).onchange = render

  /** @param {NonNullable<Picture['record']>} record */
  function leave (record) {
    return visiblePeople(record, Number(threshold.value), facts.fewestPoints)
  }

  /** Once for each answer. @param {Picture} picture */
  function announce ({ name, record, error, serviceThreshold }) {
    const answer = record ?? error
    if (answer === null || isAnnounced.has(answer)) return
    isAnnounced.add(answer)
    if (record === null) {
      if (error?.code === 'NO_ANSWER' || modelIsMissing.test(error?.code ?? '')) lookAgain()
      return
    }
    if (!isThresholdChosen) threshold.value = String(serviceThreshold)
    const people = leave(record).people.length
    announcer.textContent = `${name}: ${people === 0 ? 'nobody found' : people === 1 ? '1 person' : `${people} people`}`
  }

  /** @param {Picture | null} picture @returns {import('./picture-view.js').Scene | null} */
  function sceneOf (picture) {
    if (picture === null) return null
    const { image, record } = picture
    if (record === null && image === null) return null
    const people = record === null ? [] : leave(record).people
    return {
      image,
      width: record?.picture.width ?? image?.naturalWidth ?? 1,
      height: record?.picture.height ?? image?.naturalHeight ?? 1,
      people,
      set: record === null ? null : facts.keypointSets[record.keypointSet],
      boxColour: facts.personColour,
      hiddenParts,
      chosen: placeOfChosen(people)
    }
  }

  /** @param {NonNullable<Picture['record']>['people']} people @returns {number | null} */
  function placeOfChosen (people) {
    const place = people.findIndex(({ bbox }) => bbox === chosen)
    return place === -1 ? null : place
  }

  function render () {
    if (current !== null && !queue.pictures.includes(current)) current = queue.pictures.at(-1) ?? null
    findElement('empty', HTMLElement).hidden = current !== null
    findElement('viewer', HTMLElement).hidden = current === null
    findElement('threshold-text', HTMLOutputElement).textContent = Number(threshold.value).toFixed(2)
    showPictures(queue.pictures, current, (picture) => picture.record === null ? 0 : leave(picture.record).people.length, {
      onOpen: open,
      onRemove (picture) {
        queue.remove(picture)
        focusPictures()
      }
    })

    const record = current?.record ?? null
    const people = record === null ? [] : leave(record).people
    showParts(facts.keypointSets[record?.keypointSet ?? 'coco-wholebody-133'], hiddenParts, (part) => {
      if (!hiddenParts.delete(part)) hiddenParts.add(part)
      render()
    })
    showPeople(people, placeOfChosen(people), whyNobody(record), (place) => {
      chosen = place === null ? null : people[place]?.bbox ?? null
      render()
    })
    showTiming(current)
    showModel(health, record?.modelVersion ?? null)
    enableTakeAlong(queue.pictures.filter(({ state }) => state === 'done').length, record !== null)
    showVeil(people.length === 0 ? whyNobody(record) : null)

    const scene = sceneOf(current)
    view.show(scene, shown !== current)
    shown = scene === null ? null : current
  }

  /** @param {Picture['record']} record */
  function whyNobody (record) {
    if (record === null) return 'Nobody yet.'
    return record.people.length === 0 ? 'Nobody was found on this picture.' : `Nobody has ${facts.fewestPoints} points of this confidence.`
  }

  /** What is to be said over the picture. @param {string | null} whyNobodyThere */
  function showVeil (whyNobodyThere) {
    const veil = findElement('veil', HTMLElement)
    const words = veilOf(current, whyNobodyThere)
    veil.hidden = words === null
    if (words === null || current === null) return
    veil.className = words.isFailure ? 'veil failed' : 'veil'
    if (veil.dataset['text'] === `${current.url} ${words.text}`) return
    veil.dataset['text'] = `${current.url} ${words.text}`
    const text = document.createElement('p')
    text.textContent = words.text
    veil.replaceChildren(text)
    if (!words.isFailure) return
    text.setAttribute('role', 'alert')
    if (isOfPicture.test(current.error?.code ?? '')) return
    const again = document.createElement('button')
    again.type = 'button'
    again.textContent = 'Try again'
    const failed = current
    again.onclick = () => { queue.retry((picture) => picture === failed) }
    veil.append(again)
  }

  /** What had the focus is gone. */
  function focusPictures () {
    const next = document.querySelector('.thumb[aria-pressed=true]') ?? document.querySelector('#empty button')
    if (next instanceof HTMLElement) next.focus()
  }

  /** @param {Picture} picture */
  function open (picture) {
    current = picture
    chosen = null
    render()
  }

  /** @param {File[]} files */
  function take (files) {
    const { added, leftOut } = queue.add(files)
    if (added[0] !== undefined) open(added[0])
    const note = leftOut === 1 ? 'One picture was left out' : `${leftOut} pictures were left out`
    findElement('strip-note', HTMLElement).textContent = leftOut === 0 ? '' : `${note}: the page holds ${mostPictures}. Remove some first.`
  }

  const acts = {
    ...watchForPictures(take, lookAgain),
    clear () {
      queue.remove(...queue.pictures)
      focusPictures()
    },
    'zoom-in' () { view.zoom(1) },
    'zoom-out' () { view.zoom(-1) },
    fit () { view.fit() }
  }
  for (const button of document.querySelectorAll('button[data-act]')) {
    button.addEventListener('click', acts[/** @type {keyof typeof acts} */ (button.getAttribute('data-act'))])
  }
  render()
}

/** @param {Picture | null} picture @param {string | null} whyNobody */
function veilOf (picture, whyNobody) {
  if (picture === null) return null
  if (waitsForModel(picture)) return { text: 'Waits for the model, and is sent again when it is there.', isFailure: false }
  if (picture.state === 'failed') return { text: picture.error?.message ?? '', isFailure: true }
  if (picture.state === 'waiting') return { text: 'Waits for the pictures before it.', isFailure: false }
  if (picture.state === 'working') return { text: 'Looking for people…', isFailure: false }
  if (whyNobody !== null) return { text: whyNobody, isFailure: false }
  if (picture.note !== null) return { text: picture.note, isFailure: false }
  return picture.image === null ? { text: 'The browser cannot show this picture; its people were found all the same.', isFailure: false } : null
}
