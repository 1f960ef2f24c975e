import sharp from 'sharp'

/** A standing person in plain shapes, 480 x 640 pixels, as JPEG: something to send where no picture is at hand. */
export async function drawFigure (): Promise<Buffer> {
  const skin = '#e0ac86'
  const limb = (path: string, colour: string, width: number) =>
    `<path d="${path}" stroke="${colour}" stroke-width="${width}" stroke-linecap="round" stroke-linejoin="round" fill="none"/>`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="640">
    <defs><linearGradient id="wall" x2="0" y2="1"><stop offset="0" stop-color="#c9d6df"/><stop offset="1" stop-color="#e9eef2"/></linearGradient></defs>
    <rect width="480" height="640" fill="url(#wall)"/>
    <rect y="540" width="480" height="100" fill="#8d7b68"/>
    ${limb('M218 340 L208 450 L204 560', '#2d3e63', 38)}
    ${limb('M262 340 L274 450 L280 560', '#2d3e63', 38)}
    ${limb('M204 580 L182 586', '#222222', 24)}
    ${limb('M280 580 L302 586', '#222222', 24)}
    <path d="M186 180 Q240 162 294 180 L282 350 L198 350 Z" fill="#b23a48"/>
    ${limb('M190 196 L164 280 L150 356', '#b23a48', 30)}
    ${limb('M290 196 L318 280 L334 356', '#b23a48', 30)}
    <circle cx="147" cy="374" r="15" fill="${skin}"/>
    <circle cx="337" cy="374" r="15" fill="${skin}"/>
    <rect x="226" y="140" width="28" height="36" fill="${skin}"/>
    <ellipse cx="240" cy="112" rx="37" ry="46" fill="${skin}"/>
    <path d="M202 108 Q204 58 240 58 Q276 58 278 108 Q266 84 240 84 Q214 84 202 108 Z" fill="#3b2a20"/>
    <ellipse cx="226" cy="108" rx="6" ry="4" fill="#ffffff"/><circle cx="226" cy="108" r="3" fill="#20303a"/>
    <ellipse cx="254" cy="108" rx="6" ry="4" fill="#ffffff"/><circle cx="254" cy="108" r="3" fill="#20303a"/>
    <path d="M240 112 L235 126 L244 126" stroke="#b5805c" stroke-width="2" fill="none"/>
    <path d="M227 138 Q240 146 253 138" stroke="#9c4a4a" stroke-width="3" fill="none"/>
  </svg>`
  return sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer()
}
