import { createElement, findElement } from './create-element.js'

/**
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 * @typedef {import('./service.js').ServiceHealth} ServiceHealth
 * @typedef {import('../page-facts.ts').PageKeypointSet} PageKeypointSet
 * @typedef {import('./draw-people.js').PartName} PartName
 * @typedef {import('./picture-queue.js').Picture} Picture
 */

/**
 * A button for each part of the set, pressed while the part is drawn.
 * @param {PageKeypointSet} set
 * @param {ReadonlySet<PartName>} hiddenParts
 * @param {(part: PartName) => void} onToggle
 */
export function showParts (set, hiddenParts, onToggle) {
  const group = findElement('parts', HTMLElement)
  const names = set.parts.map(({ name }) => name).join()
  if (group.dataset['names'] !== names) {
    group.dataset['names'] = names
    group.replaceChildren(...set.parts.map(({ name, title, colour }) => {
      const button = createElement('button', { type: 'button', 'data-part': name, onclick: () => { onToggle(name) } }, title)
      button.style.setProperty('--colour', colour)
      return button
    }))
  }
  for (const button of group.querySelectorAll('button')) button.setAttribute('aria-pressed', String(!hiddenParts.has(/** @type {PartName} */ (button.dataset['part']))))
}

/**
 * @param {PictureRecord['people']} people
 * @param {number | null} chosen
 * @param {string} whyNone
 * @param {(place: number | null) => void} onChoose
 */
export function showPeople (people, chosen, whyNone, onChoose) {
  const list = findElement('people', HTMLElement)
  const none = findElement('people-none', HTMLElement)
  findElement('people-count', HTMLElement).textContent = people.length === 0 ? '' : String(people.length)
  none.hidden = people.length > 0
  none.textContent = whyNone
  // As many buttons as people, so that the one in use keeps the focus.
  while (list.children.length > people.length) list.lastElementChild?.remove()
  for (const [place, { score, points }] of people.entries()) {
    let button = list.children[place]?.querySelector('button')
    if (button == null) {
      button = createElement('button', { type: 'button' })
      list.append(createElement('li', {}, button))
    }
    button.setAttribute('aria-pressed', String(chosen === place))
    button.onclick = () => { onChoose(chosen === place ? null : place) }
    button.replaceChildren(createElement('span', {}, `Person ${place + 1}`), createElement('small', {}, `${points.length} points`), createElement('span', { title: 'Score' }, score.toFixed(2)))
  }
}

/** @param {Picture | null} picture */
export function showTiming (picture) {
  const section = findElement('timing-section', HTMLElement)
  const timing = picture?.timing
  section.hidden = picture === null || !timing
  if (picture === null || !timing) return
  const ofService = timing.is_known ? [timing.queue_ms, timing.fetch_ms] : [timing.queue_ms, timing.fetch_ms, timing.decode_ms, timing.detect_ms, timing.pose_ms]
  const rest = Math.max(0, picture.roundTripMs - ofService.reduce((sum, ms) => sum + ms, 0))
  /** @type {Array<[string, number]>} */
  const stages = [['Queue', timing.queue_ms], ['Fetch', timing.fetch_ms], ['Decode', timing.decode_ms], ['Find people', timing.detect_ms], ['Place points', timing.pose_ms], ['Way there and back', rest]]
  const most = Math.max(1, ...stages.map(([, ms]) => ms))
  findElement('timing-total', HTMLElement).textContent = describeMs(picture.roundTripMs)
  findElement('timing', HTMLElement).replaceChildren(...stages.flatMap(([title, ms]) => {
    const bar = createElement('i', { 'aria-hidden': 'true' })
    bar.style.setProperty('--share', `${Math.round(ms / most * 100)}%`)
    return [createElement('dt', {}, title), createElement('dd', {}, bar, createElement('b', {}, describeMs(ms)))]
  }))
  findElement('timing-note', HTMLElement).textContent = timing.is_known ? 'The service knew this picture: decoding, people and points are timed as they were the first time.' : ''
}

/** @param {ServiceHealth | null} health @param {string | null} answeredBy version that the picture's people came with */
export function showModel (health, answeredBy) {
  /** @type {Array<[string, string]>} */
  const facts = []
  if (answeredBy !== null) facts.push(['Answered by', answeredBy])
  if (health !== null) {
    facts.push(['Mode', health.fallback === null ? health.mode : `starter, in place of ${health.mode}`])
    if (health.models.detector !== null) facts.push(['People', health.models.detector])
    if (health.models.pose !== null) facts.push(['Points', health.models.pose])
    if (health.models.licenses.length > 0) facts.push([health.models.licenses.length > 1 ? 'Licences' : 'Licence', health.models.licenses.join('; ')])
  }
  findElement('model', HTMLElement).replaceChildren(...facts.flatMap(([title, fact]) => [createElement('dt', {}, title), createElement('dd', {}, fact)]))
}

/** @param {number} ms */
function describeMs (ms) {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
}
