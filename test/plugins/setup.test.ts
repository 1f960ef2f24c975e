import t from 'tap'
import type { PredictAnswer } from '../../src/label-studio/prediction-schema.ts'
import { drawPicture } from '../factories/drawn-picture.ts'
import { startLocalServer } from '../factories/local-server.ts'
import { buildTestApp } from '../factories/test-app.ts'

const token = '0123456789abcdef0123456789abcdef01234567'

t.test('what Label Studio says of itself in /setup opens its own pictures, and only those', async (t) => {
  const picture = await drawPicture()
  const labelStudio = await startLocalServer(t, (request, response) => {
    if (request.headers.authorization !== `Token ${token}`) {
      response.writeHead(401).end()
      return
    }
    response.writeHead(200, { 'content-type': 'image/jpeg' }).end(picture)
  })
  const { app } = await buildTestApp(t, { env: { LABEL_STUDIO_URL: labelStudio.origin, CACHE_MB: '0' } })
  const predict = async (image: string) => (await app.inject({ method: 'POST', url: '/predict', payload: { tasks: [{ data: { image } }] } })).json<PredictAnswer>().results[0]!

  t.match(await predict('/data/upload/1/a.jpg'), { error: /LABEL_STUDIO_API_KEY/ }, 'no token yet')
  await app.inject({ method: 'POST', url: '/setup', payload: { project: '1.1', schema: '', hostname: 'https://labels.example', access_token: token } })
  t.ok('result' in await predict('/data/upload/1/a.jpg'))
  t.ok('result' in await predict('https://labels.example/data/local-files/?d=a.jpg'), 'its public name is asked at LABEL_STUDIO_URL')

  for (const odd of [{ hostname: 7, access_token: {} }, { hostname: null, access_token: null }, { extra_params: '{"a":' }]) {
    t.equal((await app.inject({ method: 'POST', url: '/setup', payload: odd })).statusCode, 200)
  }
  await app.inject({ method: 'POST', url: '/setup', payload: { hostname: 'http://10.0.0.1' } })
  t.match(await predict('http://10.0.0.1/private.jpg'), { error: /private and not allowed/ }, 'a name in /setup opens nothing')
})
