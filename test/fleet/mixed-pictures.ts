import { readFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import type { Test } from 'tap'
import type { ErrorName } from '../../src/errors.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { toDataUri } from '../factories/task.ts'

/** A kind of picture, and what its task must get. */
export interface MixedPicture {
  name: string
  /** How often it comes, against the others. */
  weight: number
  /** So many people, or a failure. */
  gives: number | ErrorName
  /** Task data; of a kind whose content is new each time, `number` makes it so. */
  data (number: number): Record<string, unknown>
}

export interface MixedPictures {
  /** For IMAGE_ORIGINS. */
  origin: string
  kinds: readonly MixedPicture[]
  /** Address of a good picture with one person, another content for each number. */
  goodPicture (number: number): string
  /** The same person each time, which takes a moment to come. */
  slowPicture (number: number): string
}

/** What a server of pictures does, by the first part of the path. */
type Serve = (response: ServerResponse, number: number) => void | Promise<void>

/** Bounds of the service under which the kinds give what they say. */
export const mixedPictureSettings = { DOWNLOAD_TIMEOUT_S: '10', DOWNLOAD_MAX_MB: '1', MAX_MEGAPIXELS: '30' }

/** A server of good and bad pictures, small and drawn, closed at the end of the test. */
export async function startMixedPictures (t: Pick<Test, 'teardown'>): Promise<MixedPictures> {
  const figure = async (name: string, height = 240) => await sharp(await readFile(new URL(`../fixtures/drawn/${name}.jpg`, import.meta.url))).resize({ height }).jpeg().toBuffer()
  const [one, three, six, empty, crowd] = await Promise.all([figure('figure-1'), figure('figure-3'), figure('figure-6'), figure('empty-1'), figure('figure-5', 400)]) as [Buffer, Buffer, Buffer, Buffer, Buffer]
  const [png, webp] = await Promise.all([sharp(one).png().toBuffer(), sharp(three).webp().toBuffer()])
  const broad = await sharp({ create: { width: 6000, height: 4000, channels: 3, background: '#777' } }).jpeg().toBuffer()
  const file = (bytes: Buffer): Serve => (response) => { response.end(bytes) }
  /** Each a file that was never seen, so that neither a cache nor a request under way helps. */
  const fresh = (bytes: Buffer): Serve => (response, number) => { response.end(withComment(bytes, String(number))) }
  const status = (code: number): Serve => (response) => { response.writeHead(code).end() }

  const served: ReadonlyArray<readonly [name: string, weight: number, gives: number | ErrorName, serve: Serve]> = [
    ['new-figure-1', 70, 1, fresh(one)],
    ['new-figure-3', 70, 1, fresh(three)],
    ['new-figure-6', 70, 1, fresh(six)],
    ['new-empty', 40, 0, fresh(empty)],
    ['new-crowd', 10, 4, fresh(crowd)],
    ['jpeg', 120, 1, file(six)],
    ['png', 120, 1, file(png)],
    ['webp', 120, 1, file(webp)],
    ['empty', 80, 0, file(empty)],
    ['broad', 2, 0, file(broad)],
    ['slow', 20, 1, async (response) => {
      response.write(one.subarray(0, 1000))
      await sleep(300)
      response.end(one.subarray(1000))
    }],
    ['cut-short', 40, 'IMAGE_TRUNCATED', file(one.subarray(0, one.length / 2))],
    ['text', 40, 'IMAGE_FORMAT', file(Buffer.from('<html><body>Please log in.</body></html>'))],
    ['nothing-in-it', 20, 'IMAGE_UNREADABLE', file(Buffer.alloc(0))],
    ['giant', 20, 'IMAGE_TOO_LARGE', file(withSize(png, 30_000, 30_000))],
    ['heavy', 5, 'IMAGE_TOO_MANY_BYTES', file(Buffer.alloc(1_200_000))],
    ['missing', 50, 'SOURCE_NOT_FOUND', status(404)],
    ['denied', 10, 'SOURCE_DENIED', status(403)],
    ['failing', 10, 'SOURCE_FAILED', status(500)],
    ['hung-up', 10, 'SOURCE_FAILED', (response) => { response.destroy() }],
    ['silent', 2, 'SOURCE_TIMEOUT', () => {}]
  ]
  const serveOf = new Map(served.map(([name, , , serve]) => [name, serve]))
  const { origin } = await startLocalServer(t, (request, response) => {
    const [, name = '', number = '0'] = request.url!.split('/')
    Promise.resolve(serveOf.get(name)?.(response, Number(number))).catch(() => { response.destroy() })
  })

  const elsewhere: readonly MixedPicture[] = [
    { name: 'in-the-task', weight: 30, gives: 1, data: () => ({ image: toDataUri(three) }) },
    { name: 'cut-in-the-task', weight: 10, gives: 'IMAGE_TRUNCATED', data: () => ({ image: toDataUri(three.subarray(0, 2000)) }) },
    { name: 'private', weight: 10, gives: 'SOURCE_REFUSED', data: () => ({ image: 'http://10.0.0.1/a.jpg' }) },
    { name: 'ftp', weight: 5, gives: 'SOURCE_UNSUPPORTED', data: () => ({ image: 'ftp://localhost/a.jpg' }) },
    { name: 'no-picture', weight: 10, gives: 'SOURCE_MISSING', data: () => ({ text: 'no picture' }) }
  ]
  return {
    origin,
    kinds: [...served.map(([name, weight, gives]): MixedPicture => ({ name, weight, gives, data: (number) => ({ image: `${origin}/${name}/${number}` }) })), ...elsewhere],
    goodPicture: (number) => `${origin}/new-figure-1/${number}`,
    slowPicture: (number) => `${origin}/slow/${number}`
  }
}

/** The same JPEG with a comment in it. */
function withComment (jpeg: Buffer, comment: string): Buffer {
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2])
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from(comment), jpeg.subarray(2)])
}

/** The same PNG, which says of itself to be another size. */
function withSize (png: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(png)
  changed.writeUInt32BE(width, 16)
  changed.writeUInt32BE(height, 20)
  // After the head's 13 bytes stands the checksum of these and of their name.
  changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29)
  return changed
}
