import { copyText } from './copy-text.js'
import { createElement, findElement } from './create-element.js'
import { getLabelConfig, runChecks, serviceAddress, ServiceError } from './service.js'

/**
 * @typedef {import('./service.js').CheckReport} CheckReport
 * @typedef {import('./service.js').ServiceHealth} ServiceHealth
 * @typedef {import('../page-facts.ts').PageFacts} PageFacts
 */

/** @type {Record<PageFacts['presets'][number], string>} */
const presetHints = {
  skeleton: 'Bones in two colours with a box: quick to load and to correct.',
  body17: 'The 17 points of the body.',
  body23: 'The body with the feet.',
  hands: '21 points of each hand.',
  face: '68 points of the face.',
  wholebody133: 'All points, one panel for each part.'
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/

/** The part of the page that leads to Label Studio: interface, address, check. */
export class ConnectGuide {
  #version = ''
  #needsToken = false

  constructor () {
    this.#address()
    const form = findElement('check-form', HTMLFormElement)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#check()
    })
  }

  /** @param {PageFacts} facts */
  begin ({ presets, needsToken }) {
    this.#needsToken = needsToken
    findElement('token-field', HTMLElement).hidden = !needsToken
    const select = findElement('preset', HTMLSelectElement)
    select.replaceChildren(...presets.map((name) => createElement('option', { value: name, selected: name === 'wholebody133' }, name)))
    const show = () => { this.#showConfig(/** @type {PageFacts['presets'][number]} */ (select.value)) }
    select.onchange = show
    show()
    onCopy('copy-config', 'config-note', () => findElement('config', HTMLElement).textContent ?? '')
    onCopy('copy-version', 'address-note', () => this.#version)
  }

  /** @param {ServiceHealth} health */
  follow ({ model_version: version }) {
    this.#version = version ?? ''
    findElement('version', HTMLElement).textContent = version ?? 'known when the model is there'
    findElement('copy-version', HTMLButtonElement).disabled = version === null
  }

  /** @param {PageFacts['presets'][number]} preset */
  async #showConfig (preset) {
    findElement('preset-hint', HTMLElement).textContent = presetHints[preset]
    const note = findElement('config-note', HTMLElement)
    note.textContent = ''
    try {
      const text = await getLabelConfig(preset)
      if (findElement('preset', HTMLSelectElement).value === preset) findElement('config', HTMLElement).textContent = text
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error)
    }
  }

  #address () {
    const own = serviceAddress.href.replace(/\/$/, '')
    const port = serviceAddress.port === '' ? '' : `:${serviceAddress.port}`
    const isLocal = loopback.test(serviceAddress.hostname)
    // Otherwise the port is that of a proxy.
    const isDirect = serviceAddress.protocol === 'http:' && serviceAddress.pathname === '/'
    /** @type {Array<{ title: string, address: string, hint: string }>} */
    const places = [
      {
        title: isLocal ? 'On this machine' : 'Where this browser runs, or anywhere else that sees this address',
        address: own,
        hint: isLocal ? 'Right as long as Label Studio runs here, and not in a container: there, localhost is the container itself.' : 'This page was opened at it. The machine of Label Studio must know the name too, and reaches IPv4 only.'
      },
      {
        title: 'In the Compose file of this project',
        address: 'http://ml-backend.internal:9090',
        hint: 'The name of the container of this service there, whatever port it has outside. With a dot, because Label Studio makes webhooks for no other names.'
      },
      ...(isDirect
        ? [{
            title: 'In a container, with this service on the machine itself',
            address: `http://host.docker.internal${port}`,
            hint: 'Start this service with HOST=0.0.0.0, behind a firewall: it has no login. On Linux the container also needs --add-host host.docker.internal:host-gateway.'
          }]
        : []),
      ...(isLocal && isDirect
        ? [{
            title: 'On another machine',
            address: `http://<address of this machine>${port}`,
            hint: 'Start this service with HOST=0.0.0.0, behind a firewall: it has no login. Then put the name or the IPv4 address of this machine in, as Label Studio\'s machine knows it.'
          }]
        : [])
    ]
    const select = findElement('place', HTMLSelectElement)
    const address = findElement('address', HTMLElement)
    select.replaceChildren(...places.map(({ title }, index) => createElement('option', { value: String(index) }, title)))
    select.onchange = () => {
      const place = places[Number(select.value)]
      address.textContent = place?.address ?? ''
      findElement('place-hint', HTMLElement).textContent = place?.hint ?? ''
    }
    select.onchange(new Event('change'))
    onCopy('copy-address', 'address-note', () => address.textContent ?? '')
  }

  async #check () {
    const button = findElement('check', HTMLButtonElement)
    const note = findElement('check-note', HTMLElement)
    const report = findElement('report', HTMLElement)
    const token = findElement('token', HTMLInputElement)
    if (this.#needsToken && token.value === '') {
      note.textContent = 'Enter the API_TOKEN of this service first.'
      token.focus()
      return
    }
    button.disabled = true
    note.textContent = 'The checks run…'
    report.replaceChildren()
    try {
      const { ok, checks } = await runChecks(token.value)
      report.replaceChildren(...checks.map(renderLine))
      const count = (/** @type {string} */ wanted) => checks.filter(({ state }) => state === wanted).length
      note.textContent = ok ? `Nothing failed, ${count('warning')} warnings.` : `${count('failed')} failed, ${count('warning')} warnings. What to do stands below each.`
    } catch (error) {
      note.textContent = ''
      const sentence = error instanceof Error ? error.message : String(error)
      report.replaceChildren(renderLine({ id: 'service', title: 'Check', state: 'failed', sentence }))
      if (error instanceof ServiceError && error.code === 'POSE_ERR_API_TOKEN_WRONG') {
        findElement('token-field', HTMLElement).hidden = false
        token.focus()
      }
    } finally {
      button.disabled = false
    }
  }
}

/** Words and shapes, not colours alone. */
const marks = {
  ok: { word: 'Good', path: 'M3 8.5l3.2 3.2L13 5' },
  failed: { word: 'Failed', path: 'M4 4l8 8M12 4l-8 8' },
  warning: { word: 'Warning', path: 'M8 2.5L14.5 13.5H1.5zM8 7v3M8 12v.1' },
  skipped: { word: 'Not looked at', path: 'M4 8h8' }
}

/** @param {CheckReport['checks'][number]} line */
function renderLine ({ title, state, sentence, remedy }) {
  const { word, path } = marks[state]
  const mark = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  mark.setAttribute('viewBox', '0 0 16 16')
  mark.setAttribute('role', 'img')
  mark.setAttribute('aria-label', word)
  const shape = document.createElementNS(mark.namespaceURI, 'path')
  shape.setAttribute('d', path)
  mark.append(shape)
  return createElement('li', { class: state }, mark, createElement('div', {},
    createElement('p', {}, createElement('b', {}, `${title}: `), sentence),
    remedy === undefined ? null : createElement('p', { class: 'remedy' }, remedy)))
}

/**
 * @param {string} id of the button
 * @param {string} noteId of what says how it went
 * @param {() => string} read
 */
function onCopy (id, noteId, read) {
  const note = findElement(noteId, HTMLElement)
  findElement(id, HTMLButtonElement).onclick = async () => {
    note.textContent = await copyText(read()) ? 'Copied.' : 'The browser does not allow copying: select the text and copy it by hand.'
  }
}
