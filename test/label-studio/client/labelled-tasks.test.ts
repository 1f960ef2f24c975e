import t, { type Test } from 'tap'
import { createLabelStudioClient } from '../../../src/label-studio/client/label-studio-client.ts'
import { readLabelledTasks } from '../../../src/label-studio/client/labelled-tasks.ts'
import { readSelectedTasks } from '../../../src/label-studio/client/selected-tasks.ts'
import { startLocalServer } from '../../factories/local-server.ts'

interface Question { project: string, size: number, fields: string | null, after: number, having: string, ordering: string[] }

/** Answers /api/tasks as Label Studio does, from tasks with these numbers; `size` characters of result each, and nothing where more than `most` are wanted. */
async function startTasks (t: Test, ids: () => readonly number[], { size = 10, maxBytes = 1e6, most = Infinity, timeoutMs = 60_000 } = {}) {
  const asked: Question[] = []
  const server = await startLocalServer(t, (request, response) => {
    const { searchParams } = new URL(request.url!, 'http://x')
    const query = JSON.parse(searchParams.get('query')!) as { filters: { items: Array<{ filter: string, operator: string, value: number }> }, ordering: string[] }
    const [byId, byCount] = query.filters.items as [typeof query.filters.items[0], typeof query.filters.items[0]]
    const question = { project: searchParams.get('project')!, size: Number(searchParams.get('page_size')), fields: searchParams.get('fields'), after: byId.value, having: byCount.filter, ordering: query.ordering }
    asked.push(question)
    const matching = ids().filter((id) => id > question.after)
    const tasks = matching.slice(0, question.size).map((id) => ({ id, data: { image: 'x' }, annotations: [{ id, result: [{ text: 'x'.repeat(size) }] }], predictions: [] }))
    // More than it can put together in time.
    if (tasks.length > most) return
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ total: matching.length, tasks }))
  })
  const client = createLabelStudioClient({ url: server.origin, token: { header: async () => 'Token x', renew: async () => {} }, maxBytes, timeoutMs })
  t.teardown(() => client.close())
  return { client, asked }
}

/** The two conditions that the server above reads. */
const having = [{ filter: 'filter:tasks:id', operator: 'greater', type: 'Number', value: 0 }, { filter: 'filter:tasks:total_annotations', operator: 'greater', type: 'Number', value: 0 }]

async function readAll (pages: AsyncIterable<{ tasks: Array<{ id: number }>, total: number }>) {
  const found: number[][] = []
  const totals: number[] = []
  for await (const { tasks, total } of pages) {
    found.push(tasks.map(({ id }) => id))
    totals.push(total)
  }
  return { found, totals }
}

t.test('page after page by number, with the total of the start', async (t) => {
  const { client, asked } = await startTasks(t, () => [3, 5, 8, 13, 21])
  t.same(await readAll(readLabelledTasks(client, 7, { having: 'annotations', pageSize: 2 })), { found: [[3, 5], [8, 13], [21]], totals: [5, 5, 5] })
  t.same(asked, [0, 5, 13].map((after) => ({ project: '7', size: 2, fields: 'all', after, having: 'filter:tasks:total_annotations', ordering: ['tasks:id'] })))
})

t.test('tasks that go or come meanwhile shift nothing', async (t) => {
  let ids = [1, 2, 3, 4, 5, 6]
  const { client } = await startTasks(t, () => ids)
  const pages = readLabelledTasks(client, 7, { having: 'predictions', pageSize: 2 })
  t.same((await pages.next()).value.tasks.map(({ id }: { id: number }) => id), [1, 2])
  ids = [2, 4, 5, 6, 7]
  t.same(await readAll(pages), { found: [[4, 5], [6, 7]], totals: [6, 6] })
})

t.test('nothing there', async (t) => {
  const { client, asked } = await startTasks(t, () => [])
  t.same(await readAll(readLabelledTasks(client, 7, { having: 'annotations' })), { found: [], totals: [] })
  t.match(asked, [{ size: 100 }])
})

t.test('a page that is too long for one answer is asked for in smaller pieces', async (t) => {
  const { client, asked } = await startTasks(t, () => [1, 2, 3, 4, 5, 6, 7], { size: 2000, maxBytes: 7000 })
  t.same((await readAll(readLabelledTasks(client, 7, { having: 'annotations', pageSize: 10 }))).found, [[1, 2, 3], [4, 5, 6], [7]])
  t.same(asked.map(({ size }) => size), [10, 5, 3, 3, 3])
})

t.test('a page that takes too long is asked for in smaller pieces, and a single task once', async (t) => {
  const slow = await startTasks(t, () => [1, 2, 3, 4, 5, 6, 7], { most: 3, timeoutMs: 300 })
  t.same((await readAll(readLabelledTasks(slow.client, 7, { having: 'annotations', pageSize: 10 }))).found, [[1, 2, 3], [4, 5, 6], [7]])
  t.same(slow.asked.map(({ size }) => size), [10, 3, 3, 3])

  const hung = await startTasks(t, () => [1, 2], { most: 0, timeoutMs: 300 })
  await t.rejects(readSelectedTasks(hung.client, 7, { filters: having }, { size: 10, fields: 'all' }), { errorName: 'LABEL_STUDIO_UNREACHABLE', message: /no answer/ })
  t.same(hung.asked.map(({ size }) => size), [10, 3, 1])
  await t.rejects(readSelectedTasks(hung.client, 7, { filters: having }, { size: 10 }), { errorName: 'LABEL_STUDIO_UNREACHABLE', message: /no answer/ })
  t.same(hung.asked.map(({ size }) => size), [10, 3, 1, 10], 'without results a smaller page takes no less time')
})

t.test('a single task that is too long is a failure with a sentence', async (t) => {
  const { client } = await startTasks(t, () => [1, 2], { size: 2000, maxBytes: 1000 })
  await t.rejects(readAll(readLabelledTasks(client, 7, { having: 'annotations' })), { errorName: 'LABEL_STUDIO_ANSWER', message: /too long/ })
})

t.test('an abort ends the reading', async (t) => {
  const { client } = await startTasks(t, () => [1, 2, 3])
  const stop = new AbortController()
  const pages = readLabelledTasks(client, 7, { having: 'annotations', pageSize: 1, signal: stop.signal })
  await pages.next()
  stop.abort(new Error('enough'))
  await t.rejects(pages.next(), { message: 'enough' })
})
