import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { coco17 } from '../../models/keypoints/coco-17.ts'
import { prefersHtml } from '../../plugins/prefers-html.ts'
import type { PictureRecord } from '../../src/picture-files/picture-record.ts'
import { buildTestApp } from '../factories/test-app.ts'

const folder = fileURLToPath(new URL('../../plugins/playground/page/', import.meta.url))
const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

t.test('who prefers a page', async (t) => {
  for (const accept of [browser, 'text/html', 'TEXT/HTML;q=0.9, application/json;q=0.8', 'text/html, */*']) t.equal(prefersHtml(accept), true, accept)
  for (const accept of [undefined, '', '*/*', 'application/json', 'application/json, text/html;q=0.9', 'text/html, application/json', 'text/*', 'text/html;q=0', 'text/html;q=x']) {
    t.equal(prefersHtml(accept), false, accept ?? 'no header')
  }
})

t.test('the page', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false })

  await t.test('browsers get it at /, everybody else the state of the service', async (t) => {
    const page = await app.inject({ url: '/', headers: { accept: browser } })
    t.equal(page.statusCode, 200)
    t.match(page.headers, { 'content-type': 'text/html; charset=utf-8', vary: 'accept', 'cache-control': 'no-cache' })
    t.match(page.body, /^<!DOCTYPE html>/)
    for (const accept of ['*/*', 'application/json', undefined]) {
      const answer = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } })
      t.match(answer.headers, { 'content-type': 'application/json; charset=utf-8', vary: 'accept' })
      t.equal(answer.json().status, 'ok', accept ?? 'no header')
    }
  })

  await t.test('with CORS, what an answer depends on is still said', async (t) => {
    const { app } = await buildTestApp(t, { models: false, start: false, env: { CORS_ORIGINS: 'https://a.example,https://b.example' } })
    const { headers } = await app.inject({ url: '/', headers: { accept: browser, origin: 'https://a.example' } })
    t.same(String(headers['vary']).toLowerCase().split(/, */).sort(), ['accept', 'origin'])
  })

  await t.test('its policy lets it load from its own service only, and run no script of the page itself', async (t) => {
    const { headers, body } = await app.inject({ url: '/', headers: { accept: browser } })
    const policy = new Map(String(headers['content-security-policy']).split('; ').map((line) => [line.split(' ')[0]!, line]))
    t.same([...policy.values()], ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"])
    t.notMatch(body, /<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=/, 'nothing inline')
  })

  await t.test('every file is there once, and again only when it has changed', async (t) => {
    for (const file of files.filter((name) => name !== 'index.html')) {
      const first = await app.inject(`/playground/${file}`)
      t.equal(first.statusCode, 200, file)
      t.same(first.rawPayload, readFileSync(join(folder, file)))
      const again = await app.inject({ url: `/playground/${file}`, headers: { 'if-none-match': String(first.headers['etag']) } })
      t.same([again.statusCode, again.body], [304, ''], file)
    }
    const { headers } = await app.inject({ url: '/playground/page.css', headers: { 'accept-encoding': 'br' } })
    t.match(headers, { 'content-encoding': 'br', 'content-type': 'text/css; charset=utf-8' })
  })

  await t.test('it names no address but relative ones', async (t) => {
    for (const file of files.filter((name) => !name.endsWith('.jpg'))) {
      const text = readFileSync(join(folder, file), 'utf8').replaceAll('http://www.w3.org/2000/svg', '')
      // Those of the guide, which the reader gives to Label Studio.
      const shown = ['http://ml-backend.internal:9090', 'http://host.docker.internal$', 'http://<address']
      const foreign = [...text.matchAll(/(?:https?:)?\/\/[\w$<][^\s'"`]*/g)].map(([address]) => address).filter((address) => address.includes('://') && !shown.some((known) => address.startsWith(known)))
      t.same(foreign, [], file)
      t.notMatch(text, /(?:src|href)="\/|url\(|@import/, `${file} works behind a prefix`)
    }
  })

  await t.test('nothing else lies below it', async (t) => {
    for (const path of ['index.html', '', '../package.json', '..%2fpackage.json', '%2e%2e/%2e%2e/package.json', 'examples/', 'examples/..%2f..%2fpage-facts.ts', 'page-facts.ts', 'tsconfig.json']) {
      t.equal((await app.inject(`/playground/${path}`)).statusCode, 404, path)
    }
  })

  await t.test('its pictures are drawn figures whose points are known', async (t) => {
    for (const [name, figure] of [['waving', 1], ['two-people', 2], ['jumping', 6]] as const) {
      t.ok(readFileSync(join(folder, `examples/${name}.jpg`)).equals(readFileSync(new URL(`../fixtures/drawn/figure-${figure}.jpg`, import.meta.url))), name)
    }
  })

  await t.test('facts that the page cannot ask for', async (t) => {
    const facts = (await app.inject('/playground/facts.json')).json()
    t.match(facts, { needsToken: false, fewestPoints: 3, limits: { pixels: 100e6, bytes: 50 * 2 ** 20, bodyBytes: 256 * 2 ** 20 } })
    const { points, links } = facts.keypointSets['coco-wholebody-133']
    t.match(points[5], { name: 'left_shoulder', part: 'body', colour: '#1E88E5' })
    t.match(links.find(({ from, to }: { from: number, to: number }) => Math.min(from, to) === 5 && Math.max(from, to) === 6), { part: 'body', colour: '#5F8F2C' })
  })

  await t.test('the document of the API says what / does', async (t) => {
    const { paths } = (await app.inject('/openapi.json')).json()
    t.same(Object.keys(paths['/'].get.responses['200'].content), ['application/json', 'text/html'])
    t.notOk(Object.keys(paths).some((path) => path.startsWith('/playground')))
  })
})

t.test('switched off there is none', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false, env: { PLAYGROUND: 'false' } })
  const answer = await app.inject({ url: '/', headers: { accept: browser } })
  t.match(answer.headers, { 'content-type': /json/, vary: undefined })
  t.equal(answer.json().status, 'ok')
  for (const path of ['page.css', 'main.js', 'facts.json']) t.equal((await app.inject(`/playground/${path}`)).statusCode, 404)
  t.equal((await app.inject({ method: 'POST', url: '/playground/export', payload: { format: 'coco', pictures: [record('a.jpg')] } })).statusCode, 404)
})

t.test('what the page shows, to take along', async (t) => {
  const { app } = await buildTestApp(t, { models: false, start: false })
  const post = async (payload: object) => await app.inject({ method: 'POST', url: '/playground/export', payload })

  const coco = await post({ format: 'coco', pictures: [record('a.jpg'), record('b.jpg')] })
  t.match(coco.json(), {
    categories: [{ name: 'person', keypoints: coco17.names }],
    images: [{ id: 1, file_name: 'a.jpg', width: 200, height: 100 }, { id: 2, file_name: 'b.jpg' }],
    annotations: [{ image_id: 1, bbox: [10, 20, 50, 70], score: 0.5, num_keypoints: 3, keypoints: [30, 40, 2, 31, 41, 2] }, { image_id: 2 }]
  })

  const tasks = await post({ format: 'label-studio', preset: 'body17', pictures: [record('a b.jpg'), record('c.jpg')] })
  t.match(tasks.headers['content-type'], /^application\/json/)
  t.equal(tasks.json().length, 2)
  const [{ data, predictions: [{ model_version: version, result }] }] = tasks.json()
  t.same([data.image, version], ['a b.jpg', 'starter-1'])
  t.same(result.map(({ type }: { type: string }) => type), ['keypointlabels', 'keypointlabels', 'keypointlabels', 'rectanglelabels'])
  t.match(result[0], { value: { x: 15, y: 40, keypointlabels: ['nose'] }, parentID: result[3].id })

  const refused = await post({ format: 'label-studio', preset: 'hands', pictures: [record('a.jpg')] })
  t.same([refused.statusCode, refused.json().code], [422, 'POSE_ERR_LABEL_CONFIG_UNMATCHED'], 'this model has no hands')
  const mixed = await post({ format: 'coco', pictures: [record('a.jpg'), { ...record('b.jpg'), keypointSet: 'halpe-26' }] })
  t.match(mixed.json(), { statusCode: 400, code: 'POSE_ERR_REQUEST_INVALID', message: /several sets/ })
  for (const payload of [{}, { format: 'xml', pictures: [record('a.jpg')] }, { format: 'coco', pictures: [] }, { format: 'coco', pictures: [{ ...record('a.jpg'), people: [{}] }] }]) {
    t.equal((await post(payload)).statusCode, 400)
  }
  t.equal((await post({ format: 'coco', pictures: [record('a'.repeat(5e6))] })).statusCode, 413)
})

function record (name: string): PictureRecord {
  return {
    picture: { name, width: 200, height: 100, bytes: 1, modified: '2026-01-01T00:00:00.000Z' },
    modelVersion: 'starter-1',
    keypointSet: 'coco-17',
    people: [{
      bbox: [10, 20, 60, 90],
      score: 0.5,
      bboxScore: 0.6,
      points: ['nose', 'left_eye', 'right_eye'].map((point, index) => ({ name: point, x: 30 + index, y: 40 + index, score: 0.9 }))
    }]
  }
}
