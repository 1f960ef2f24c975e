import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createPictureLoader } from '../../src/media/create-picture-loader.ts'
import { startLocalServer, type Answer } from '../factories/local-server.ts'
import { makePictureLoader } from '../factories/picture-loader.ts'
import { seededBytes } from '../factories/seeded-bytes.ts'

const local = seededBytes(5000, 1)
const remote = seededBytes(6000, 2)
const token = 'Token 0123456789abcdef'

/** Label Studio's folders with one upload and one local file, both also on its server, in other bytes. */
async function startLabelStudio (t: Test, answer: Answer = (_request, response) => { response.end(remote) }) {
  const dataDir = t.testdir({ media: { upload: { 1: {} } }, files: { dir: {} } })
  const localFilesDir = join(dataDir, 'files')
  writeFileSync(join(dataDir, 'media/upload/1/x y.jpg'), local)
  writeFileSync(join(localFilesDir, 'dir/a.jpg'), local)
  const server = await startLocalServer(t, answer)
  const labelStudioAuth = { header: async () => token, renew: async () => {} }
  return { server, options: { labelStudioUrl: server.origin, labelStudioAuth, dataDir, localFilesDir } }
}

t.test('a picture in the folder is read there, in a buffer of its own', async (t) => {
  const { server, options } = await startLabelStudio(t)
  const { load } = makePictureLoader(t, options)
  for (const address of [
    '/data/upload/1/x%20y.jpg', 'upload/1/x y.jpg', '/prefix/data/upload/1/x%20y.jpg', `${server.origin}/data/upload/1/x%20y.jpg`, 'http://localhost:8080/data/upload/1/x%20y.jpg',
    '/storage-data/uploaded/?filepath=upload/1/x%20y.jpg', '/data/local-files/?d=dir/a.jpg', `${server.origin}/data/local-files/?d=dir%2Fa.jpg`, 'http://localhost/data/local-files/?d=dir/a.jpg'
  ]) {
    const bytes = await load(address)
    t.same(bytes, local, address)
    t.equal(bytes.buffer.byteLength, bytes.byteLength)
  }
  t.same(server.requests, [], 'Label Studio was not asked')
})

t.test('a picture that is not in the folder comes from Label Studio, with the token', async (t) => {
  const { server, options } = await startLabelStudio(t)
  const { load } = makePictureLoader(t, options)
  const addresses = ['/data/upload/2/x.jpg', '/data/local-files/?d=dir/b.jpg', 'http://localhost:1/data/upload/2/x.jpg', '/tasks/1/resolve/?fileuri=czM6', `${server.origin}/other/x.jpg`]
  for (const address of addresses) {
    const bytes = await load(address)
    t.same(bytes, remote, address)
    t.equal(bytes.buffer.byteLength, bytes.byteLength)
  }
  t.same(server.requests.map(({ url }) => url), ['/data/upload/2/x.jpg', '/data/local-files/?d=dir/b.jpg', '/data/upload/2/x.jpg', '/tasks/1/resolve/?fileuri=czM6', '/other/x.jpg'])
  const tokens = server.requests.map(({ headers }) => headers.authorization)
  t.same(tokens, [token, token, token, token, undefined], 'to its data paths only, and not to what else lies there')
})

t.test('a path prefix of Label Studio', async (t) => {
  const { server, options } = await startLabelStudio(t)
  const { load } = makePictureLoader(t, { ...options, labelStudioUrl: `${server.origin}/ls` })
  t.same(await load('/ls/data/upload/2/x.jpg'), remote)
  t.same(server.requests.map(({ url }) => url), ['/ls/data/upload/2/x.jpg'])
})

t.test('the address that Label Studio names in /setup is its own', async (t) => {
  const { server, options } = await startLabelStudio(t)
  let setupHostname: string | null = null
  const { load } = makePictureLoader(t, { ...options, setupHostname: () => setupHostname })
  const address = 'http://10.255.255.1:8080/data/upload/2/x.jpg'
  await t.rejects(load(address), { code: 'POSE_ERR_SOURCE_REFUSED' })
  setupHostname = 'http://10.255.255.1:8080'
  t.same(await load(address), remote)
  t.equal(server.requests.length, 1)
})

t.test('where one address of an upload fails, the other is asked', async (t) => {
  const { server, options } = await startLabelStudio(t, (request, response) => {
    const isStorage = request.url?.startsWith('/storage-data/')
    response.writeHead(isStorage ? 200 : 404).end(isStorage ? remote : undefined)
  })
  const { load } = makePictureLoader(t, options)
  t.same(await load('/data/upload/2/x y.jpg'), remote)
  t.same(server.requests.map(({ url }) => url), ['/data/upload/2/x%20y.jpg', '/storage-data/uploaded/?filepath=upload%2F2%2Fx%20y.jpg'])

  const plain = await startLabelStudio(t, (request, response) => {
    const isStorage = request.url?.startsWith('/storage-data/')
    response.writeHead(isStorage ? 400 : 200).end(isStorage ? undefined : remote)
  })
  t.same(await makePictureLoader(t, plain.options).load('/storage-data/uploaded/?filepath=upload/2/x.jpg'), remote)
})

t.test('an upload that is nowhere', async (t) => {
  const gone = await startLabelStudio(t, (_request, response) => { response.writeHead(404).end() })
  await t.rejects(makePictureLoader(t, gone.options).load('/data/upload/2/x.jpg'), { code: 'POSE_ERR_SOURCE_NOT_FOUND', message: /\/data\/upload\/2\/x\.jpg answered 404/ })
  t.equal(gone.server.requests.length, 2)
  const failing = await startLabelStudio(t, (request, response) => { response.writeHead(request.url?.startsWith('/data/') ? 500 : 400).end() })
  await t.rejects(makePictureLoader(t, failing.options).load('/data/upload/2/x.jpg'), { code: 'POSE_ERR_SOURCE_FAILED', message: /500, as Label Studio does for an upload it no longer has/ })
  const forbidden = await startLabelStudio(t, (_request, response) => { response.writeHead(403).end() })
  await t.rejects(makePictureLoader(t, forbidden.options).load('/data/upload/2/x.jpg'), { code: 'POSE_ERR_SOURCE_DENIED' })
  t.equal(forbidden.server.requests.length, 1, 'the other address would not help')
})

t.test('without the address of Label Studio', async (t) => {
  const { options } = await startLabelStudio(t)
  const { load } = makePictureLoader(t, { ...options, labelStudioUrl: null })
  t.same(await load('/data/upload/1/x y.jpg'), local, 'the folder is enough')
  await t.rejects(load('/data/upload/2/x.jpg'), { code: 'POSE_ERR_SOURCE_NOT_FOUND' })
  await t.rejects(load('/tasks/1/resolve/?fileuri=secret'), { code: 'POSE_ERR_LABEL_STUDIO_ADDRESS' })
  await t.rejects(makePictureLoader(t).load('http://localhost:8080/data/upload/1/x.jpg'), { code: 'POSE_ERR_LABEL_STUDIO_ADDRESS' })
})

t.test('what is wrong with a file is not asked of Label Studio', async (t) => {
  const { server, options } = await startLabelStudio(t)
  const { load } = makePictureLoader(t, options)
  mkdirSync(join(options.dataDir, 'media/upload/folder.jpg'))
  symlinkSync('/etc/passwd', join(options.dataDir, 'media/upload/1/link.jpg'))
  writeFileSync(join(options.dataDir, 'media/upload/1/empty.jpg'), '')
  writeFileSync(join(options.dataDir, 'media/upload/1/large.jpg'), new Uint8Array(100_001))
  for (const [path, name] of [
    ['folder.jpg', 'SOURCE_UNSUPPORTED'],
    ['1/link.jpg', 'SOURCE_OUTSIDE'],
    ['1/large.jpg', 'IMAGE_TOO_MANY_BYTES'],
    ['1/empty.jpg', 'IMAGE_UNREADABLE'],
    ['../../files/dir/a.jpg', 'SOURCE_OUTSIDE'],
    ['%2e%2e/%2e%2e/files/dir/a.jpg', 'SOURCE_OUTSIDE'],
    ['..\\..\\files\\dir\\a.jpg', 'SOURCE_OUTSIDE'],
    ['1/x y.jpg%00', 'SOURCE_OUTSIDE']
  ] as const) await t.rejects(load(`/data/upload/${path}`), { code: `POSE_ERR_${name}` }, path)
  t.same(server.requests, [])
})

t.test('data: addresses', async (t) => {
  const { load } = makePictureLoader(t, { maxBytes: 5000 })
  const bytes = await load(`data:image/png;base64,${Buffer.from(local).toString('base64')}`)
  t.same(bytes, local)
  t.equal(structuredClone(bytes, { transfer: [bytes.buffer] }).byteLength, 5000, 'ready to be transferred')
  await t.rejects(load(`data:image/png;base64,${Buffer.from(remote).toString('base64')}`), { code: 'POSE_ERR_IMAGE_TOO_MANY_BYTES' })
  await t.rejects(load('data:image/png;base64,'), { code: 'POSE_ERR_IMAGE_UNREADABLE' })
})

t.test('cloud pictures come through Label Studio, whose token does not follow to the signed address', async (t) => {
  const cloud = await startLocalServer(t, (_request, response) => { response.end(remote) })
  const labelStudio = await startLocalServer(t, (request, response) => {
    const uri = Buffer.from(new URL(request.url!, 'http://x').searchParams.get('fileuri')!, 'base64url').toString()
    if (uri.endsWith('signed.jpg')) response.writeHead(303, { location: `${cloud.origin}/bucket/signed.jpg?X-Amz-Signature=abc` }).end()
    else if (uri.endsWith('proxied.jpg')) response.end(remote)
    else response.writeHead(uri.endsWith('broken.jpg') ? 424 : 404).end()
  })
  const { load } = makePictureLoader(t, {
    labelStudioUrl: labelStudio.origin, imageOrigins: [cloud.origin], labelStudioAuth: { header: async () => 'Bearer of-label-studio', renew: async () => {} }
  })
  const owner = { task: 12, project: 7 }
  t.same(await load('s3://bucket/signed.jpg', { owner, basicAuth: { user: 'u', password: 'p' } }), remote)
  t.match(labelStudio.requests[0], { url: /^\/tasks\/12\/resolve\/\?fileuri=/, headers: { authorization: 'Bearer of-label-studio' } })
  t.notOk(cloud.requests[0]!.headers.authorization)
  t.same(await load('gs://bucket/proxied.jpg', { owner }), remote)
  await t.rejects(load('s3://bucket/gone.jpg', { owner }), { errorName: 'SOURCE_NOT_FOUND', message: /no storage connected to the project/ })
  await t.rejects(load('s3://bucket/broken.jpg', { owner }), { errorName: 'SOURCE_FAILED', message: /cannot read the cloud storage/ })
  const { load: loadWithout } = makePictureLoader(t)
  await t.rejects(loadWithout('s3://bucket/x.jpg', { owner }), { code: 'POSE_ERR_LABEL_STUDIO_ADDRESS' })
})

t.test('a signed address in a private network is refused until its origin is named', async (t) => {
  const cloud = await startLocalServer(t, (_request, response) => { response.end(remote) })
  const labelStudio = await startLocalServer(t, (_request, response) => { response.writeHead(303, { location: `${cloud.origin}/x.jpg` }).end() })
  const { load } = makePictureLoader(t, { labelStudioUrl: labelStudio.origin })
  await t.rejects(load('s3://bucket/x.jpg', { owner: { task: 1, project: 1 } }), { errorName: 'SOURCE_REFUSED', message: /IMAGE_ORIGINS/ })
  t.same(cloud.requests, [])
})

t.test('other addresses name what is wrong', async (t) => {
  const { load } = makePictureLoader(t)
  for (const [address, name] of [['', 'SOURCE_MISSING'], ['s3://bucket/x.jpg', 'SOURCE_UNSUPPORTED'], ['x.jpg', 'SOURCE_UNSUPPORTED'], ['file:///etc/passwd', 'SOURCE_UNSUPPORTED']] as const) {
    await t.rejects(load(address), { code: `POSE_ERR_${name}` }, address)
  }
})

t.test('closing ends what is under way and refuses what comes later', async (t) => {
  const server = await startLocalServer(t, () => {})
  const { load, loader } = makePictureLoader(t, { imageOrigins: [server.origin] })
  const hanging = load(`${server.origin}/x.jpg`)
  hanging.catch(() => {})
  while (server.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  await loader.close()
  await t.rejects(hanging, { code: 'POSE_ERR_SHUTTING_DOWN' })
  await t.rejects(load('data:image/png;base64,AAAA'), { code: 'POSE_ERR_SHUTTING_DOWN' })
})

t.test('a wrong configuration is refused by name', async (t) => {
  const options = { labelStudioUrl: null, labelStudioAuth: { header: async () => null, renew: async () => {} }, dataDir: null, localFilesDir: null, imageOrigins: [], maxBytes: 1, timeoutMs: 1 }
  for (const origin of ['localhost:9000', '10.0.0.1', 'ftp://host', 'http://host/path', 'http://host?x', 'http://user@host', '*', 'http://']) {
    t.throws(() => createPictureLoader({ ...options, imageOrigins: [origin] }), { message: `IMAGE_ORIGINS=${origin} is not valid: allowed is scheme://host:port, comma-separated.` }, origin)
  }
  t.throws(() => createPictureLoader({ ...options, labelStudioUrl: 'label-studio:8080' }), { message: /^LABEL_STUDIO_URL=label-studio:8080 is not valid/ })
})
