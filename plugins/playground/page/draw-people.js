/**
 * @typedef {import('./service.js').PictureRecord} PictureRecord
 * @typedef {import('../page-facts.ts').PageKeypointSet} PageKeypointSet
 * @typedef {PageKeypointSet['parts'][number]['name']} PartName
 */

/**
 * @typedef {object} Drawing
 * @property {PictureRecord['people']} people
 * @property {PageKeypointSet} set
 * @property {string} boxColour
 * @property {ReadonlySet<PartName>} hiddenParts
 * @property {number} scale pixels of the canvas per pixel of the picture
 * @property {number} density pixels of the canvas per pixel of the screen; makes lines as thick as they look
 * @property {number | null} chosen place of the person that the others fade behind
 */

/** Faces and hands have many points on little room, where rims would be all that one sees. */
const pointSizes = { body: 1, feet: 0.85, face: 0.48, left_hand: 0.55, right_hand: 0.55 }
const hasRim = { body: true, feet: true, face: false, left_hand: false, right_hand: false }

/**
 * Draws people over their picture: box and score, bones and points in the colour of their part and side. The context's origin is the picture's top left corner; nothing but its pixels are changed.
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {Drawing} drawing
 */
export function drawPeople (context, { people, set, boxColour, hiddenParts, scale, density, chosen }) {
  const indices = new Map(set.points.map(({ name }, index) => [name, index]))
  for (const [place, { bbox: [x1, y1, x2, y2], score, points }] of people.entries()) {
    // Lines that a small person does not vanish under, and that can be seen on a large one.
    const unit = Math.min(4.5, Math.max(1.3, Math.hypot(x2 - x1, y2 - y1) * scale / density / 170)) * density
    const placed = new Map(points.map((point) => [indices.get(point.name) ?? -1, point]))
    context.save()
    context.globalAlpha = chosen === null || chosen === place ? 1 : 0.25
    drawBox(context, [x1 * scale, y1 * scale, x2 * scale, y2 * scale], score, boxColour, density)

    context.lineCap = 'round'
    for (const { from, to, part, colour } of set.links) {
      const [a, b] = [placed.get(from), placed.get(to)]
      if (a === undefined || b === undefined || hiddenParts.has(part)) continue
      context.beginPath()
      context.moveTo(a.x * scale, a.y * scale)
      context.lineTo(b.x * scale, b.y * scale)
      context.strokeStyle = colour
      context.lineWidth = unit * 1.5 * pointSizes[part]
      context.stroke()
    }
    for (const [index, { x, y }] of placed) {
      const point = set.points[index]
      if (point === undefined || hiddenParts.has(point.part)) continue
      context.beginPath()
      context.arc(x * scale, y * scale, unit * 1.35 * pointSizes[point.part], 0, 2 * Math.PI)
      context.fillStyle = point.colour
      context.fill()
      if (!hasRim[point.part]) continue
      context.strokeStyle = '#fff'
      context.lineWidth = Math.max(0.6 * density, unit * 0.28)
      context.stroke()
    }
    context.restore()
  }
}

/**
 * @param {CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D} context
 * @param {[number, number, number, number]} box
 * @param {number} score
 * @param {string} colour
 * @param {number} density
 */
function drawBox (context, [x1, y1, x2, y2], score, colour, density) {
  context.strokeStyle = 'rgb(0 0 0 / .45)'
  context.lineWidth = 3.4 * density
  context.strokeRect(x1, y1, x2 - x1, y2 - y1)
  context.strokeStyle = colour
  context.lineWidth = 1.8 * density
  context.strokeRect(x1, y1, x2 - x1, y2 - y1)

  const text = score.toFixed(2)
  context.font = `600 ${11.5 * density}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  const [width, height] = [context.measureText(text).width + 9 * density, 17 * density]
  // Above the box, or inside it where there is no room.
  const top = y1 - height >= 0 ? y1 - height : y1
  context.fillStyle = '#17242d'
  context.fillRect(x1 - 0.9 * density, top, width, height)
  context.fillStyle = '#fff'
  context.fillText(text, x1 + 4 * density, top + height / 2 + 0.5 * density)
}
