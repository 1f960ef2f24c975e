/** deploy/certificates/make.sh, run for real. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import t from 'tap'
import { makeDeployCertificates } from '../factories/deploy-certificates.ts'
import { lacksNginx } from '../factories/nginx.ts'

const skip = lacksNginx()
const setpriv = ['setpriv', '--bounding-set=-all,+chown', '--inh-caps=-all,+chown']
const parts = ['balancer', 'grafana', 'label-studio', 'prometheus', 'redis', 'replica']

/** As in its container: root, but no more than the owner of a file; empty where that cannot be had, or is not needed. */
const withoutOverride = process.getuid!() === 0 && spawnSync('setpriv', [...setpriv.slice(1), 'true']).status === 0 ? setpriv : []

t.test('keys and certificates', { skip }, async (t) => {
  const dir = t.testdir({})
  const path = (...names: string[]) => join(dir, 'certificates', ...names)
  const read = (...names: string[]) => readFile(path(...names), 'utf8')
  const certificate = async (part: string) => new X509Certificate(await read(part, 'certificate.pem'))
  const lines = (text: string) => text.split('\n').filter((line) => line !== '').sort()

  await t.test('all of them at the first run', async (t) => {
    t.strictSame(lines(await makeDeployCertificates(dir)), ['authority: made', ...parts.map((part) => `${part}: made, there was none`)].sort())
    t.strictSame((await readdir(path())).sort(), ['authority', 'trust', ...parts].sort())
    const authority = await certificate('authority')
    t.ok(authority.ca)
    for (const part of parts) {
      const leaf = await certificate(part)
      t.ok(leaf.verify(authority.publicKey), part)
      t.notOk(leaf.ca)
      t.ok(new Date(leaf.validTo).getTime() - Date.now() > 364 * 86_400_000, `${part}: a year`)
      t.doesNotThrow(() => createSecureContext({ cert: leaf.toString(), key: execFileSync('cat', [path(part, 'key.pem')]) }), `${part}: the key belongs to it`)
      t.equal(await read(part, 'authority.pem'), await read('authority', 'certificate.pem'))
      t.strictSame((await readdir(path(part))).sort(), ['authority.pem', 'certificate.pem', 'key.pem', 'made-for'], `${part}: nothing is left lying about`)
    }
    t.match((await certificate('balancer')).subjectAltName, 'DNS:ml-backend.internal')
    t.match((await certificate('label-studio')).subjectAltName, 'DNS:label-studio.internal')
  })

  await t.test('keys are for those who need them', async (t) => {
    for (const part of parts) {
      t.equal((await stat(path(part, 'key.pem'))).mode & 0o777, 0o400, part)
      t.equal((await stat(path(part, 'certificate.pem'))).mode & 0o777, 0o444)
    }
    t.equal((await stat(path('authority', 'key.pem'))).mode & 0o077, 0)
    t.equal((await stat(path('authority'))).mode & 0o077, 0)
    if (process.getuid!() !== 0) return
    // The users of the images (docker-compose.prod.yml).
    const owners = { balancer: 101, 'label-studio': 101, replica: 1001, redis: 999, prometheus: 65534, grafana: 472 }
    for (const [part, uid] of Object.entries(owners)) t.equal((await stat(path(part, 'key.pem'))).uid, uid, part)
  })

  await t.test('the second run changes nothing', async (t) => {
    const before = await Promise.all(parts.map((part) => read(part, 'certificate.pem')))
    t.equal(await makeDeployCertificates(dir), '')
    t.strictSame(await Promise.all(parts.map((part) => read(part, 'certificate.pem'))), before)
  })

  await t.test('what a run that was cut off has left over is no obstacle', async (t) => {
    for (const name of ['key.pem', 'certificate.pem', 'made-for']) {
      await rm(path('redis', name))
      await writeFile(path('redis', `${name}.new`), 'half', { mode: 0o400 })
    }
    await rm(path('trust', 'authority.pem'))
    await writeFile(path('trust', 'authority.pem.new'), 'half', { mode: 0o444 })
    // Another part, of which nothing is to be made.
    await writeFile(path('grafana', 'key.pem.new'), 'half', { mode: 0o400 })
    t.equal(await makeDeployCertificates(dir, {}, withoutOverride), 'redis: made, there was none\n')
    for (const part of parts) t.strictSame((await readdir(path(part))).sort(), ['authority.pem', 'certificate.pem', 'key.pem', 'made-for'], part)
    t.strictSame((await readdir(path('trust'))).sort(), ['authority.pem', 'bundle.pem'])
    t.equal(await read('trust', 'authority.pem'), await read('authority', 'certificate.pem'))
  })

  await t.test('a key whose certificate has not come any more is made anew', async (t) => {
    const programs = t.testdir({ mv: '#!/bin/sh\ncase $3 in */certificate.pem) exit 1 ;; esac\nexec /bin/mv "$@"\n' })
    await chmod(join(programs, 'mv'), 0o755)
    const before = await read('redis', 'certificate.pem')
    await rm(path('redis', 'made-for'))
    await t.rejects(makeDeployCertificates(dir, { PATH: `${programs}:${process.env['PATH']}` }), { code: 1 })
    t.equal(await read('redis', 'certificate.pem'), before)
    t.equal(await makeDeployCertificates(dir), 'redis: made, a run was cut off\n')
    t.ok((await certificate('redis')).checkPrivateKey(createPrivateKey(await read('redis', 'key.pem'))))
  })

  await t.test('the bundle holds the public authorities too', async (t) => {
    const roots = join(dir, 'roots.pem')
    await writeFile(roots, 'a public one\n')
    t.equal(await makeDeployCertificates(dir, { PUBLIC_AUTHORITIES: roots }), '')
    t.equal(await read('trust', 'bundle.pem'), `a public one\n${await read('authority', 'certificate.pem')}`)
  })

  await t.test('names of browsers', async (t) => {
    t.strictSame(lines(await makeDeployCertificates(dir, { LABEL_STUDIO_NAMES: 'label.example, 10.1.2.3,fd00::7' })), ['grafana: made, its names have changed', 'label-studio: made, its names have changed'])
    t.match((await certificate('label-studio')).subjectAltName, /DNS:label\.example.*IP Address:10\.1\.2\.3.*IP Address:FD00:0:0:0:0:0:0:7/)
    t.equal(await makeDeployCertificates(dir, { LABEL_STUDIO_NAMES: 'label.example,10.1.2.3,fd00::7' }), '')
    await t.rejects(makeDeployCertificates(dir, { LABEL_STUDIO_NAMES: 'a.example;rm' }), { code: 78, stderr: /LABEL_STUDIO_NAMES=a\.example;rm is not valid/ })
    await makeDeployCertificates(dir)
  })

  await t.test('what ends soon, or is of another authority, is made anew', async (t) => {
    const sign = (days: number) => {
      const common = { cwd: path('redis'), stdio: ['ignore', 'pipe', 'pipe'] as ('ignore' | 'pipe')[] }
      execFileSync('openssl', ['req', '-new', '-key', 'key.pem', '-subj', '/CN=redis.internal', '-out', join(dir, 'csr')], common)
      execFileSync('openssl', ['x509', '-req', '-in', join(dir, 'csr'), '-CA', '../authority/certificate.pem', '-CAkey', '../authority/key.pem', '-set_serial', '7', '-days', String(days), '-out', join(dir, 'short.pem')], common)
    }
    for (const [days, said] of [[59, 'redis: made, the old one ends soon\n'], [61, '']] as const) {
      sign(days)
      await rm(path('redis', 'certificate.pem'))
      await writeFile(path('redis', 'certificate.pem'), await readFile(join(dir, 'short.pem')), { mode: 0o444 })
      t.equal(await makeDeployCertificates(dir), said, `${days} days`)
    }
    await rm(path('authority'), { recursive: true })
    t.match(lines(await makeDeployCertificates(dir)), ['authority: made', ...parts.map((part) => `${part}: made, the authority is another one, or it has ended`)])
    t.ok((await certificate('redis')).verify((await certificate('authority')).publicKey))
    t.equal(await read('trust', 'authority.pem'), await read('authority', 'certificate.pem'))
  })

  await t.test('a folder that is there, as a volume is', async (t) => {
    const other = join(dir, 'other')
    await mkdir(join(other, 'certificates/redis'), { recursive: true })
    await chmod(join(other, 'certificates'), 0o555)
    if (process.getuid!() === 0) await t.resolves(makeDeployCertificates(other))
    t.equal((await stat(join(other, 'certificates'))).mode & 0o777, 0o555, 'its rights are not ours to change')
  })
})
