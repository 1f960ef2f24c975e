import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import t from 'tap'
import { errorTable, type ErrorName } from '../../src/errors.ts'
import { buildTestApp } from '../factories/test-app.ts'

interface Content {
  schema: object
  example?: unknown
  examples?: Record<string, { value: unknown }>
}

interface Operation {
  tags?: string[]
  summary?: string
  operationId?: string
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, { description: string, content?: Record<string, Content> }>
}

t.test('the OpenAPI document', async (t) => {
  const { app } = await buildTestApp(t, { models: false })
  const document = (await app.inject('/openapi.json')).json()
  t.match(document.openapi, /^3\.1\./)
  const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })))
  t.same(Object.keys(document.paths).sort(), ['/', '/check', '/fit', '/health', '/jobs', '/jobs/{id}', '/jobs/{id}/cancel', '/jobs/{id}/events', '/jobs/{id}/resume', '/jobs/{id}/retry-failed', '/label-config', '/live', '/metrics', '/predict', '/projects/{id}/quality', '/ready', '/setup', '/versions', '/webhook'])

  await t.test('every route is described', async (t) => {
    for (const { name, operation } of operations) {
      t.ok(operation.tags?.length, `${name} has a tag`)
      t.ok((operation.summary ?? '').length > 10, `${name} has a summary`)
      t.ok(operation.responses['200'] ?? operation.responses['201'] ?? operation.responses['202'], `${name} has a good answer`)
      const failures = Object.entries(operation.responses).filter(([status]) => !status.startsWith('2'))
      if (['post /webhook', 'post /fit'].includes(name)) t.same(failures, [], `${name} never fails`)
      else t.ok(failures.length >= 3, `${name} has error answers`)
      for (const [status, { description }] of failures) {
        const codes = description.split(', ').map((code) => code.replace('POSE_ERR_', ''))
        for (const code of codes) t.equal(String(errorTable[code as ErrorName]?.[0]), status, `${name}: ${code}`)
      }
    }
    t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length, 'operation ids are unique')
  })

  await t.test('examples fit their schemas', async (t) => {
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    let checked = 0
    for (const { name, operation } of operations) {
      for (const content of [operation.requestBody?.content, ...Object.values(operation.responses).map(({ content }) => content)]) {
        const { schema, example, examples } = content?.['application/json'] ?? {}
        const values = [...(example === undefined ? [] : [example]), ...Object.values(examples ?? {}).map(({ value }) => value)]
        for (const value of values) {
          const validate = ajv.compile(schema!)
          t.ok(validate(value), `${name}: ${JSON.stringify(validate.errors)}`)
          checked++
        }
      }
    }
    t.ok(checked >= 20, `${checked} examples`)
  })

  await t.test('the page to try it is there', async (t) => {
    const page = await app.inject('/docs/')
    t.equal(page.statusCode, 200)
    t.match(page.headers['content-type'], /html/)
  })
})
