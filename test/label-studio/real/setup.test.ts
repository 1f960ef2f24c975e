import t from 'tap'
import { lacksLabelStudio, startLabelStudio } from './label-studio.ts'
import { runSetup } from './run-setup.ts'
import { startService } from './service.ts'

t.test('try', { skip: lacksLabelStudio(), timeout: 300_000 }, async (t) => {
  const studio = await startLabelStudio(t)
  const service = await startService(t, { LABEL_STUDIO_URL: studio.url, LABEL_STUDIO_API_KEY: studio.pat })
  for (let i = 0; i < 3; i++) {
    console.error(await runSetup(['--url', studio.url, '--token', studio.pat, '--backend', service.url]))
  }
  console.error(await studio.client.call('GET', '/api/ml', { query: { project: 1 } }), await studio.client.call('GET', '/api/webhooks/', { query: { project: 1 } }))
})
