import t from 'tap'
import { resolvePictureAddress, type AddressContext, type PicturePlan } from '../../src/media/resolve-picture-address.ts'

const context: AddressContext = {
  labelStudioUrl: new URL('http://ls.internal:8080'),
  dataDir: '/data',
  localFilesDir: '/files',
  imageOrigins: new Set(),
  setupHostname: null,
  owner: { task: 12, project: 7 }
}

function resolve (address: string, changes: Partial<AddressContext> = {}): PicturePlan {
  return resolvePictureAddress(address, { ...context, ...changes })
}

/** The plan in plain text: file first, then addresses. */
function steps (plan: PicturePlan): string[] {
  switch (plan.kind) {
    case 'inline': return [plan.dataUri]
    case 'web': return [plan.url.href]
    case 'label-studio': return [
      ...(plan.file === null ? [] : [`${plan.file.root}: ${plan.file.segments.join(' ')}`]),
      ...plan.urls.map((url) => url.href)
    ]
  }
}

t.test('data: addresses are taken as they are', async (t) => {
  t.same(resolve(' data:image/png;base64,AAAA\n'), { kind: 'inline', dataUri: 'data:image/png;base64,AAAA' })
  t.equal(resolve('DATA:image/png,x').kind, 'inline')
})

t.test('cloud storages: through Label Studio, for the task or else the project', async (t) => {
  // The name is chosen so that its base64 has both characters that URL-safe base64 replaces, and padding.
  const address = 's3://bucket/\u00ff\u00bf\u00be~?a.jpg'
  const fileuri = (url: string) => new URL(url).searchParams.get('fileuri')!
  const [url, ...others] = steps(resolve(address))
  t.same(others, [])
  t.match(url, /^http:\/\/ls\.internal:8080\/tasks\/12\/resolve\/\?fileuri=[\w%-]+$/)
  t.match(fileuri(url!), /^[\w-]+=*$/)
  t.equal(fileuri(url!).length % 4, 0)
  t.equal(Buffer.from(fileuri(url!), 'base64url').toString(), address)
  for (const scheme of ['gs', 'azure-blob', 'S3']) t.equal(steps(resolve(`${scheme}://b/x.jpg`)).length, 1, scheme)
  t.match(steps(resolve(address, { owner: { task: null, project: 7 } })), [/\/projects\/7\/resolve\//])
  t.match(steps(resolve(address, { labelStudioUrl: new URL('https://h/label-studio') })), [/^https:\/\/h\/label-studio\/tasks\/12\/resolve\//])
  t.same(steps(resolve(address, { labelStudioUrl: null })), [], 'the loader says which setting is missing')
  t.throws(() => resolve('gs://bucket/x.jpg', { owner: { task: null, project: null } }), { errorName: 'SOURCE_UNSUPPORTED', message: /gs:\/\/ is a cloud storage/ })
})

t.test('uploads: folder, upload address, storage address', async (t) => {
  const expected = [
    '/data/media/upload: 3 0a1b-x.jpg',
    'http://ls.internal:8080/data/upload/3/0a1b-x.jpg',
    'http://ls.internal:8080/storage-data/uploaded/?filepath=upload%2F3%2F0a1b-x.jpg'
  ]
  for (const address of [
    '/data/upload/3/0a1b-x.jpg',
    'data/upload/3/0a1b-x.jpg',
    '/upload/3/0a1b-x.jpg',
    'upload/3/0a1b-x.jpg',
    '/label-studio/data/upload/3/0a1b-x.jpg',
    '/a/b/c/data/upload/3/0a1b-x.jpg',
    'http://ls.internal:8080/data/upload/3/0a1b-x.jpg',
    'HTTP://LS.INTERNAL:8080/data/upload/3/0a1b-x.jpg'
  ]) t.same(steps(resolve(address)), expected, address)

  t.same(steps(resolve('/storage-data/uploaded/?filepath=upload/3/0a1b-x.jpg')), [
    expected[0],
    'http://ls.internal:8080/storage-data/uploaded/?filepath=upload/3/0a1b-x.jpg',
    expected[1]
  ])
  t.same(steps(resolve('/data/upload/3/x.jpg?v=2#top', { dataDir: null })), [
    'http://ls.internal:8080/data/upload/3/x.jpg?v=2',
    'http://ls.internal:8080/storage-data/uploaded/?filepath=upload%2F3%2Fx.jpg'
  ])
})

t.test('names are decoded for the folder and left encoded in the address', async (t) => {
  const names: [inAddress: string, inFolder: string, sent: string][] = [
    ['a%20b.jpg', 'a b.jpg', 'a%20b.jpg'],
    ['a b.jpg', 'a b.jpg', 'a%20b.jpg'],
    ['a+b.jpg', 'a+b.jpg', 'a+b.jpg'],
    ['%C3%A4.jpg', 'ä.jpg', '%C3%A4.jpg'],
    ['ä.jpg', 'ä.jpg', '%C3%A4.jpg'],
    ['50%25.jpg', '50%.jpg', '50%25.jpg'],
    ['50%.jpg', '50%.jpg', '50%.jpg'],
    ['%252e%252e.jpg', '%2e%2e.jpg', '%252e%252e.jpg'],
    ['a..b.jpg', 'a..b.jpg', 'a..b.jpg'],
    ['...', '...', '...']
  ]
  for (const [inAddress, inFolder, sent] of names) {
    const [file, url] = steps(resolve(`/data/upload/1/${inAddress}`))
    t.equal(file, `/data/media/upload: 1 ${inFolder}`)
    t.equal(url, `http://ls.internal:8080/data/upload/1/${sent}`)
  }
})

t.test('local files', async (t) => {
  t.same(steps(resolve('/data/local-files/?d=dir/a%20b.jpg')), ['/files: dir a b.jpg', 'http://ls.internal:8080/data/local-files/?d=dir/a%20b.jpg'])
  t.same(steps(resolve('/pre/data/local-files?d=/dir//a.jpg')), ['/files: dir a.jpg', 'http://ls.internal:8080/data/local-files/?d=/dir//a.jpg'], 'with the slash before the question mark')
  t.same(steps(resolve('http://ls.internal:8080/data/local-files/?d=a.jpg', { localFilesDir: null })), ['http://ls.internal:8080/data/local-files/?d=a.jpg'])
  t.throws(() => resolve('/data/local-files/'), { code: 'POSE_ERR_SOURCE_UNSUPPORTED' })
  t.throws(() => resolve('/storage-data/uploaded/?path=x'), { code: 'POSE_ERR_SOURCE_UNSUPPORTED' })
})

t.test('what only Label Studio can serve', async (t) => {
  for (const path of ['tasks/7/resolve/?fileuri=czM6Ly9i', 'tasks/7/presign/?fileuri=czM6Ly9i', 'projects/2/file-proxy/?url=aHR0', 'data/other/x.jpg', 'storage-data/uploaded/?filepath=avatars/x.jpg']) {
    t.same(steps(resolve(`/${path}`)), [`http://ls.internal:8080/${path}`], path)
    t.same(steps(resolve(`/prefix/${path}`)), [`http://ls.internal:8080/${path}`], path)
    t.same(steps(resolve(`http://ls.internal:8080/${path}`)), [`http://ls.internal:8080/${path}`], path)
  }
})

t.test('the token goes to data paths only', async (t) => {
  for (const path of [
    'static/logo.png', 'api/projects/', 'api/current-user/token', 'api/data/upload/1/x.jpg', 'x/api/data/local-files/?d=x.jpg', '%61pi/data/upload/1/x.jpg',
    'api/data/x.jpg', 'api/tasks/7/resolve/?fileuri=x', 'projects/7/data/x.jpg', 'user/account', 'tasks/7/', 'projects/2/settings', ''
  ]) {
    const url = new URL(`http://ls.internal:8080/${path}`)
    t.same(resolve(url.href), { kind: 'web', url }, `${path} of Label Studio's origin`)
  }
  t.same(steps(resolve('http://ls.internal:8080/prefix/data/local-files/?d=x.jpg', { localFilesDir: null })), ['http://ls.internal:8080/data/local-files/?d=x.jpg'], 'below an unknown prefix')
  const labelStudioUrl = new URL('https://host/ls')
  for (const path of ['api/x', 'ls/api/x', 'other/data/x.jpg', 'ls/other/data/x.jpg']) t.equal(resolve(`https://host/${path}`, { labelStudioUrl }).kind, 'web', path)
  t.same(steps(resolve('https://host/ls/data/x.jpg', { labelStudioUrl })), ['https://host/ls/data/x.jpg'])

  // URL drops tabs and line ends, and folds what is left.
  for (const dots of ['.\t.', '..\n', '%2\te.', '\r..']) {
    for (const prefix of ['/data/', '/data/upload/1/', 'http://ls.internal:8080/data/']) {
      t.throws(() => resolve(`${prefix}${dots}/${dots}/${dots}/api/projects/`), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, JSON.stringify(prefix + dots))
    }
  }
})

// Texts of all kinds are in test/properties/parsers.test.ts.
t.test('half a surrogate pair is no reason to throw', async (t) => {
  for (const path of ['/data/upload/', '/storage-data/uploaded/?filepath=upload/', '/data/local-files/?d=', 'http://ls.internal:8080/data/', 'http://h/']) {
    t.doesNotThrow(() => resolve(`${path}a\ud800b.jpg`), path)
  }
})

t.test('a path prefix of Label Studio', async (t) => {
  for (const labelStudioUrl of [new URL('https://host/ls'), new URL('https://host/ls/')]) {
    for (const address of ['/data/upload/1/x.jpg', '/ls/data/upload/1/x.jpg', 'upload/1/x.jpg', 'http://localhost:8080/data/upload/1/x.jpg', 'https://host/ls/data/upload/1/x.jpg']) {
      t.equal(steps(resolve(address, { labelStudioUrl, dataDir: null }))[0], 'https://host/ls/data/upload/1/x.jpg', address)
    }
  }
})

t.test('addresses that only a browser can reach are rewritten', async (t) => {
  const path = '/data/local-files/?d=a.jpg'
  for (const origin of ['http://localhost:8080', 'http://localhost', 'https://app.localhost:1', 'http://127.0.0.1:8080', 'http://127.8.8.8', 'http://0.0.0.0:8080', 'http://[::1]:8080', 'https://ls.internal', 'http://ls.internal:9999', 'http://2130706433:8080']) {
    t.same(steps(resolve(origin + path)), ['/files: a.jpg', 'http://ls.internal:8080/data/local-files/?d=a.jpg'], origin)
  }
  const setupHostname = 'https://label.example.com/prefix'
  t.same(steps(resolve(`https://label.example.com/prefix${path}`, { setupHostname })), ['/files: a.jpg', 'http://ls.internal:8080/data/local-files/?d=a.jpg'])
  t.equal(resolve(`https://label.example.com/prefix${path}`, { setupHostname: 'not an address' }).kind, 'web')
})

t.test('addresses that are not rewritten', async (t) => {
  for (const address of ['https://label.example.com/data/upload/1/x.jpg', 'http://localhost:8080/x.jpg', 'http://localhost.example.com/data/upload/1/x.jpg', 'http://127.0.0.1.example.com/data/upload/1/x.jpg']) {
    t.same(resolve(address), { kind: 'web', url: new URL(address) }, address)
  }
  const named = 'http://localhost:9000/data/upload/1/x.jpg'
  t.same(resolve(named, { imageOrigins: new Set(['http://localhost:9000']) }), { kind: 'web', url: new URL(named) }, 'the configuration means this one')
  t.equal(resolve(named, { imageOrigins: new Set(['http://localhost:9001']) }).kind, 'label-studio')
})

t.test('without the address of Label Studio', async (t) => {
  const nowhere = { labelStudioUrl: null }
  for (const address of ['/data/upload/1/x.jpg', 'http://localhost:8080/data/upload/1/x.jpg']) {
    t.same(steps(resolve(address, nowhere)), ['/data/media/upload: 1 x.jpg'])
    t.same(resolve(address, { ...nowhere, dataDir: null }), { kind: 'label-studio', file: null, urls: [] })
  }
})

t.test('paths that leave the folder are refused before anything is asked', async (t) => {
  const up = ['..', '%2e%2e', '%2E.', '.%2e', '..%2f..', '..\\..', '..%5c..', 'x/../..', 'x%/%2e%2e']
  for (const segment of up) {
    for (const prefix of ['/data/upload/1/', '/upload/', '/data/', 'http://ls.internal:8080/data/upload/', 'http://localhost:8080/data/upload/1/']) {
      t.throws(() => resolve(`${prefix}${segment}/etc/passwd`), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, prefix + segment)
    }
    for (const prefix of ['/data/local-files/?d=', 'http://localhost/data/local-files/?d=dir/', '/storage-data/uploaded/?filepath=upload/', '/storage-data/uploaded/?filepath=']) {
      t.throws(() => resolve(`${prefix}${segment.replaceAll('%/', '%25/')}/etc/passwd`), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, prefix + segment)
    }
  }
  for (const address of ['/data/upload/1/x.jpg%00.png', '/data/local-files/?d=x%00', '/data/upload/..', '/data/local-files/?d=..', 'http://ls.internal:8080\\data\\upload\\..\\..\\api']) {
    t.throws(() => resolve(address), { code: 'POSE_ERR_SOURCE_OUTSIDE' }, address)
  }
})

t.test('what is no address of a picture', async (t) => {
  t.throws(() => resolve('  '), { code: 'POSE_ERR_SOURCE_MISSING' })
  for (const address of [
    'redis://x', 'minio://bucket/x.jpg', 'file:///etc/passwd', 'ftp://host/x.jpg', 'javascript:alert(1)', 'blob:http://host/1',
    'C:\\pictures\\x.jpg', '//host/data/upload/1/x.jpg', '\\\\host\\data\\upload\\x.jpg', '/\\host/data/upload/1/x.jpg', '/etc/passwd', 'x.jpg', '/api/projects/',
    'http://', 'http://[::1', 'https://host:99999/x.jpg', 'http://a b/x.jpg', `https://host/${'x'.repeat(9000)}`
  ]) t.throws(() => resolve(address), { code: 'POSE_ERR_SOURCE_UNSUPPORTED' }, address.slice(0, 60))
})
