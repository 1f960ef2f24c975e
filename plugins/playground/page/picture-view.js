import { drawPeople } from './draw-people.js'

/**
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 * @typedef {import('../page-facts.ts').PageKeypointSet} PageKeypointSet
 * @typedef {import('./draw-people.js').PartName} PartName
 * @typedef {PictureRecord['people'][number]['points'][number]} Point
 */

/**
 * @typedef {object} Scene what is to be seen
 * @property {HTMLImageElement | null} image
 * @property {number} width pixels of the picture
 * @property {number} height
 * @property {PictureRecord['people']} people
 * @property {PageKeypointSet | null} set
 * @property {string} boxColour
 * @property {ReadonlySet<PartName>} hiddenParts
 * @property {number | null} chosen place of a person
 */

/** Pixels of the screen around a point in which the pointer means it; a finger is wider. */
const reach = { mouse: 9, pen: 12, touch: 22 }
const mostZoom = 40
const step = 1.25
const margin = 10

/** A picture with its people on a canvas: zoom, pan, and points that say their names under the pointer and from the keyboard. */
export class PictureView {
  /** @type {Scene | null} */
  #scene = null
  /** Screen pixels per picture pixel, and where the picture's corner lies. */
  #scale = 1
  #left = 0
  #top = 0
  #isFitted = true
  /** @type {{ person: number, name: string } | null} */
  #point = null
  /** @type {Map<number, { x: number, y: number }>} */
  #pointers = new Map()
  #hasFrame = false
  #canvas
  #tip
  #onPoint
  #onZoom

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} tip says the name of a point
   * @param {(text: string) => void} onPoint told what a point reached by keyboard is
   * @param {(percent: number, isFitted: boolean) => void} onZoom
   */
  constructor (canvas, tip, onPoint, onZoom) {
    this.#canvas = canvas
    this.#tip = tip
    this.#onPoint = onPoint
    this.#onZoom = onZoom
    new ResizeObserver(() => {
      if (this.#isFitted) this.fit()
      else this.#draw()
    }).observe(canvas)
    canvas.addEventListener('wheel', (event) => { this.#wheel(event) }, { passive: false })
    canvas.addEventListener('pointerdown', (event) => { this.#pointerDown(event) })
    canvas.addEventListener('pointermove', (event) => { this.#pointerMove(event) })
    for (const name of /** @type {const} */ (['pointerup', 'pointercancel', 'lostpointercapture'])) canvas.addEventListener(name, (event) => { this.#pointerUp(event) })
    // A finger leaves when it is lifted, and only then the name can be read.
    canvas.addEventListener('pointerleave', ({ pointerType }) => { if (pointerType !== 'touch') this.#show(null) })
    canvas.addEventListener('keydown', (event) => { this.#key(event) })
    canvas.addEventListener('blur', () => { this.#show(null) })
  }

  /** @param {Scene | null} scene null: there is nothing to see @param {boolean} isOther another picture than before, which is fitted anew */
  show (scene, isOther) {
    this.#point = this.#pointIn(scene)
    this.#scene = scene
    if (isOther || this.#isFitted) this.fit()
    this.#show(this.#findPoint() === null ? null : this.#point)
  }

  /** The point that is meant now, in another scene: people change their places when the slider takes some away. @param {Scene | null} scene */
  #pointIn (scene) {
    if (this.#point === null || scene === null) return null
    const box = this.#scene?.people[this.#point.person]?.bbox
    const person = scene.people.findIndex(({ bbox }) => bbox === box)
    return person === -1 ? null : { person, name: this.#point.name }
  }

  fit () {
    if (this.#scene === null) return
    const { clientWidth, clientHeight } = this.#canvas
    this.#scale = this.#fittingScale()
    this.#left = (clientWidth - this.#scene.width * this.#scale) / 2
    this.#top = (clientHeight - this.#scene.height * this.#scale) / 2
    this.#moved(true)
  }

  /** @param {1 | -1} direction */
  zoom (direction) {
    this.#zoomAt(direction > 0 ? step : 1 / step, this.#canvas.clientWidth / 2, this.#canvas.clientHeight / 2)
  }

  /** Where a pixel of the picture lies on the canvas, in pixels of the screen. @param {{ x: number, y: number }} point */
  place ({ x, y }) {
    return { x: this.#left + x * this.#scale, y: this.#top + y * this.#scale }
  }

  #fittingScale () {
    const { width = 1, height = 1 } = this.#scene ?? {}
    const { clientWidth, clientHeight } = this.#canvas
    // A tiny picture stays small enough to be seen for what it is.
    return Math.min(4, Math.max(1, clientWidth - 2 * margin) / width, Math.max(1, clientHeight - 2 * margin) / height)
  }

  /** @param {number} factor @param {number} x @param {number} y the place that stays */
  #zoomAt (factor, x, y) {
    const least = this.#fittingScale()
    const scale = Math.min(mostZoom, Math.max(least, this.#scale * factor))
    if (scale <= least) {
      this.fit()
      return
    }
    this.#left = x - (x - this.#left) * scale / this.#scale
    this.#top = y - (y - this.#top) * scale / this.#scale
    this.#scale = scale
    this.#keepInSight()
    this.#moved(false)
  }

  /** @param {boolean} isFitted */
  #moved (isFitted) {
    this.#isFitted = isFitted
    this.#canvas.classList.toggle('zoomed', !isFitted)
    this.#onZoom(Math.round(this.#scale * 100), isFitted)
    this.#show(this.#point)
  }

  /** @param {number} dx @param {number} dy */
  #pan (dx, dy) {
    if (this.#isFitted) return
    this.#left += dx
    this.#top += dy
    this.#keepInSight()
    this.#moved(false)
  }

  /** Some of the picture. */
  #keepInSight () {
    const { width = 1, height = 1 } = this.#scene ?? {}
    const { clientWidth, clientHeight } = this.#canvas
    this.#left = Math.min(clientWidth - 60, Math.max(60 - width * this.#scale, this.#left))
    this.#top = Math.min(clientHeight - 60, Math.max(60 - height * this.#scale, this.#top))
  }

  /** @param {WheelEvent} event */
  #wheel (event) {
    // At its smallest the picture lets the page scroll on.
    if (this.#isFitted && event.deltaY > 0 && !event.ctrlKey) return
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    this.#zoomAt(Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0016)), event.offsetX, event.offsetY)
  }

  /** @param {PointerEvent} event */
  #pointerDown (event) {
    // The menu of the right button swallows what comes after.
    if (event.button !== 0) return
    this.#pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY })
    this.#canvas.setPointerCapture(event.pointerId)
    this.#canvas.classList.toggle('dragged', !this.#isFitted)
    this.#hover(event)
  }

  /** @param {PointerEvent} event */
  #pointerMove (event) {
    const before = this.#pointers.get(event.pointerId)
    const now = { x: event.offsetX, y: event.offsetY }
    if (before === undefined) {
      this.#hover(event)
      return
    }
    this.#pointers.set(event.pointerId, now)
    const other = [...this.#pointers].find(([id]) => id !== event.pointerId)?.[1]
    if (other === undefined) {
      this.#pan(now.x - before.x, now.y - before.y)
      return
    }
    this.#zoomAt(distance(now, other) / Math.max(1, distance(before, other)), (now.x + other.x) / 2, (now.y + other.y) / 2)
    this.#pan((now.x - before.x) / 2, (now.y - before.y) / 2)
  }

  /** @param {PointerEvent} event */
  #pointerUp (event) {
    this.#pointers.delete(event.pointerId)
    if (this.#pointers.size === 0) this.#canvas.classList.remove('dragged')
  }

  /** @param {PointerEvent} event */
  #hover ({ offsetX: x, offsetY: y, pointerType }) {
    /** @type {{ person: number, name: string } | null} */
    let nearest = null
    let least = reach[/** @type {keyof typeof reach} */ (pointerType)] ?? reach.mouse
    for (const { person, point } of this.#points()) {
      const away = distance(this.place(point), { x, y })
      if (away <= least) [nearest, least] = [{ person, name: point.name }, away]
    }
    this.#show(nearest)
  }

  /** @param {KeyboardEvent} event */
  #key (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const act = {
      ArrowRight: () => { this.#next(1) },
      ArrowLeft: () => { this.#next(-1) },
      ArrowDown: () => { this.#nextPerson(1) },
      ArrowUp: () => { this.#nextPerson(-1) },
      '+': () => { this.zoom(1) },
      '=': () => { this.zoom(1) },
      '-': () => { this.zoom(-1) },
      0: () => { this.fit() },
      Escape: () => { this.#show(null) }
    }[event.key]
    if (act === undefined) return
    event.preventDefault()
    act()
  }

  /** @param {1 | -1} direction */
  #next (direction) {
    const all = this.#points()
    const at = all.findIndex(({ person, point }) => person === this.#point?.person && point.name === this.#point.name)
    this.#reach(all[at === -1 ? (direction > 0 ? 0 : all.length - 1) : (at + direction + all.length) % all.length])
  }

  /** @param {1 | -1} direction */
  #nextPerson (direction) {
    const all = this.#points()
    const people = [...new Set(all.map(({ person }) => person))]
    const at = this.#point === null ? -1 : people.indexOf(this.#point.person)
    const next = people[at === -1 ? (direction > 0 ? 0 : people.length - 1) : (at + direction + people.length) % people.length]
    const own = all.filter(({ person }) => person === next)
    this.#reach(own.find(({ point }) => point.name === this.#point?.name) ?? own[0])
  }

  /** @param {{ person: number, point: Point } | undefined} found */
  #reach (found) {
    if (found === undefined) return
    const { x, y } = this.place(found.point)
    const { clientWidth, clientHeight } = this.#canvas
    if (x < 0 || y < 0 || x > clientWidth || y > clientHeight) this.#pan(clientWidth / 2 - x, clientHeight / 2 - y)
    this.#show({ person: found.person, name: found.point.name })
    this.#onPoint(`${spell(found.point.name)}, person ${found.person + 1}, confidence ${found.point.score.toFixed(2)}`)
  }

  /** Those that are drawn. @returns {Array<{ person: number, point: Point }>} */
  #points () {
    const { people = [], set, hiddenParts, chosen = null } = this.#scene ?? {}
    if (!set || hiddenParts === undefined) return []
    const hidden = new Set(set.points.filter(({ part }) => hiddenParts.has(part)).map(({ name }) => name))
    return people.flatMap(({ points }, person) => chosen !== null && chosen !== person ? [] : points.filter(({ name }) => !hidden.has(name)).map((point) => ({ person, point })))
  }

  #findPoint () {
    return this.#points().find(({ person, point }) => person === this.#point?.person && point.name === this.#point.name)?.point ?? null
  }

  /** @param {{ person: number, name: string } | null} which */
  #show (which) {
    this.#point = which
    const point = this.#findPoint()
    this.#tip.hidden = point === null
    if (point !== null) {
      this.#tip.textContent = spell(point.name)
      const score = document.createElement('span')
      score.textContent = point.score.toFixed(2)
      this.#tip.append(score)
      const { x, y } = this.place(point)
      const { offsetWidth: width, offsetHeight: height } = this.#tip
      const left = Math.min(this.#canvas.clientWidth - width - 4, Math.max(4, x - width / 2))
      const top = y - height - 12 < 4 ? y + 12 : y - height - 12
      this.#tip.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`
    }
    this.#draw()
  }

  #draw () {
    if (this.#hasFrame) return
    this.#hasFrame = true
    requestAnimationFrame(() => {
      this.#hasFrame = false
      this.#paint()
    })
  }

  #paint () {
    const scene = this.#scene
    const context = this.#canvas.getContext('2d')
    if (context === null) return
    const density = window.devicePixelRatio || 1
    const [width, height] = [Math.round(this.#canvas.clientWidth * density), Math.round(this.#canvas.clientHeight * density)]
    if (this.#canvas.width !== width) this.#canvas.width = width
    if (this.#canvas.height !== height) this.#canvas.height = height
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    if (scene === null) return
    context.setTransform(1, 0, 0, 1, this.#left * density, this.#top * density)
    const scale = this.#scale * density
    context.imageSmoothingQuality = 'high'
    if (scene.image !== null) {
      context.drawImage(scene.image, 0, 0, scene.width * scale, scene.height * scale)
    } else {
      context.fillStyle = '#8b979e'
      context.fillRect(0, 0, scene.width * scale, scene.height * scale)
    }
    if (scene.set === null) return
    drawPeople(context, { ...scene, set: scene.set, scale, density })

    const point = this.#findPoint()
    if (point === null) return
    for (const [lineWidth, colour] of /** @type {const} */ ([[5, '#17242d'], [2.5, '#fff']])) {
      context.beginPath()
      context.arc(point.x * scale, point.y * scale, 7.5 * density, 0, 2 * Math.PI)
      context.strokeStyle = colour
      context.lineWidth = lineWidth * density
      context.stroke()
    }
  }
}

/** @param {string} name */
function spell (name) {
  return name.replaceAll('_', ' ')
}

/** @param {{ x: number, y: number }} a @param {{ x: number, y: number }} b */
function distance (a, b) {
  return Math.hypot(a.x - b.x, a.y - b.y)
}
