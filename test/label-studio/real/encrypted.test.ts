/** Label Studio as docker-compose.prod.yml runs it: behind its front, and with the authority of the certificates in REQUESTS_CA_BUNDLE. */
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import t from 'tap'
import { drawPicture } from '../../factories/drawn-picture.ts'
import { makeDeployCertificates } from '../../factories/deploy-certificates.ts'
import { lacksNginx, startNginx } from '../../factories/nginx.ts'
import { startReplica } from '../../factories/replica.ts'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { importPictures, readPredictions, retrievePredictions } from './project.ts'
import { runSetup } from './run-setup.ts'

t.test('Label Studio, its front, the balancer, a replica', { skip: lacksLabelStudio() || lacksNginx(), timeout: 300_000 }, async (t) => {
  const dir = t.testdir({})
  await makeDeployCertificates(dir)
  const trust = join(dir, 'certificates/trust')
  const studio = await startLabelStudio(t)
  const front = await startNginx(t, 'label-studio', { dir, ports: [Number(new URL(studio.url).port)] })
  const url = `https://localhost:${front.port}`
  await studio.stop()
  await studio.start({ REQUESTS_CA_BUNDLE: join(trust, 'bundle.pem'), CSRF_TRUSTED_ORIGINS: url, LABEL_STUDIO_HOST: url, SESSION_COOKIE_SECURE: '1' })
  const replica = await startReplica(t, dir, { LABEL_STUDIO_URL: url, LABEL_STUDIO_API_KEY: studio.pat })
  const balancer = await startNginx(t, 'balancer', { dir, ports: [replica.port] })
  const backend = `https://127.0.0.1:${balancer.port}`

  const ca = await readFile(join(trust, 'authority.pem'))
  interface Page { status: number, cookies: string[], place: string }
  const browse = async (path: string, form?: Record<string, string>, cookies: string[] = []): Promise<Page> => await new Promise((resolve, reject) => {
    request(url + path, { ca, agent: false, method: form ? 'POST' : 'GET', headers: { cookie: cookies.map((one) => one.split(';')[0]).join('; '), ...(form && { origin: url, referer: url + path, 'content-type': 'application/x-www-form-urlencoded' }) } }, (answer) => {
      answer.resume().on('end', () => { resolve({ status: answer.statusCode!, cookies: answer.headers['set-cookie'] ?? [], place: answer.headers.location ?? '' }) })
    }).on('error', reject).end(form && new URLSearchParams(form).toString())
  })
  const { cookies } = await browse('/user/login')
  const csrf = /csrftoken=([^;]+)/.exec(cookies.join('\n'))![1]!
  t.match(await browse('/user/login', { email: studio.email, password: studio.password, csrfmiddlewaretoken: csrf }, cookies), { status: 302, place: /projects|^\// }, 'a browser signs in')

  const { code, out, err } = await runSetup(['--url', url, '--token', studio.pat, '--backend', backend, '--webhook', '--json'], { NODE_EXTRA_CA_CERTS: join(trust, 'authority.pem') })
  t.equal(code, 0, err)
  const { project } = JSON.parse(out) as { project: { id: number } }
  const picture = `data:image/jpeg;base64,${Buffer.from(await drawPicture({ figures: [0.5], format: 'jpeg' })).toString('base64')}`
  await importPictures(studio.client, project.id, [picture])
  await retrievePredictions(studio.client, project.id)
  t.equal((await readPredictions(studio.client, { project: project.id })).length, 1, await studio.readLog())
  const paths = (await balancer.log()).map(({ path }) => path)
  for (const path of ['/health', '/setup', '/predict']) t.ok(paths.includes(path), path)
  const hooks = await studio.client.call('GET', '/api/webhooks/', { query: { project: project.id } })
  t.match(JSON.stringify(hooks), `${backend}/webhook`)
})
