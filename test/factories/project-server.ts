/** One project of a Label Studio, as far as jobs ask for it: tasks, filters, predictions in bulk. Also runs as a program, for measurements. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface StoredPrediction { id: number, task: number, model_version: string, created_at: string, result: unknown }

export interface ProjectServer {
  url: string
  /** Numbers of the tasks are 1 to `count`, unless removed. */
  tasks: Map<number, { id: number, data: Record<string, unknown>, annotations: unknown[] }>
  predictions: StoredPrediction[]
  /** What came, for example "GET /api/tasks". */
  calls: string[]
  /** Called before each answer: it may answer in its place, with JSON or bytes, or throw away the connection. */
  interfere: ((call: string, request: IncomingMessage, sent: string) => { status: number, body: unknown } | 'destroy' | null | Promise<{ status: number, body: unknown } | 'destroy' | null>) | null
  /** Begins anew with other tasks, under the same address. */
  reset (options: ProjectContent): void
  /** Answers nobody any more, and cuts off who waits; `open` has it back under the same address, with all that it holds. */
  close (): Promise<void>
  open (): Promise<void>
}

export interface ProjectContent {
  count: number
  labelConfig: string
  /** Address of the picture of a task. */
  picture: (task: number) => string
  annotations?: (task: number) => unknown[]
}

export interface ProjectServerOptions extends ProjectContent {
  /** false: results are counted and thrown away. */
  keepsResults?: boolean
  port?: number
  /** Its number; 1 unless told. */
  project?: number
}

interface Query {
  filters?: { items: Array<{ filter: string, operator: string, value: unknown }> }
  selectedItems?: { all: boolean, included?: number[] }
}

export async function startProjectServer ({ keepsResults = true, port = 0, project = 1, ...content }: ProjectServerOptions): Promise<ProjectServer> {
  const tasks: ProjectServer['tasks'] = new Map()
  const predictions: StoredPrediction[] = []
  const byTask = new Map<number, StoredPrediction[]>()
  const state: ProjectServer = { url: '', tasks, predictions, calls: [], interfere: null, reset, close, open }
  let { count, labelConfig } = content
  reset(content)

  function reset ({ picture, annotations = () => [], ...rest }: ProjectContent): void {
    ({ count, labelConfig } = rest)
    tasks.clear()
    byTask.clear()
    predictions.length = 0
    state.calls.length = 0
    state.interfere = null
    for (let id = 1; id <= count; id++) tasks.set(id, { id, data: { image: picture(id) }, annotations: annotations(id) })
  }

  function select ({ filters, selectedItems }: Query): number[] {
    if (selectedItems?.all === false && selectedItems.included?.length) return selectedItems.included.filter((id) => tasks.has(id) && fulfils(id, filters)).sort((a, b) => a - b)
    // They ascend, and most questions are for those above a number.
    const after = Number(filters?.items.find(({ filter, operator }) => filter === 'filter:tasks:id' && operator === 'greater')?.value ?? 0)
    const found: number[] = []
    for (let id = after + 1; id <= count; id++) if (tasks.has(id) && fulfils(id, filters)) found.push(id)
    return found
  }

  function fulfils (id: number, filters: Query['filters']): boolean {
    const own = byTask.get(id) ?? []
    return (filters?.items ?? []).every(({ filter, operator, value }) => {
      const name = `${filter.replace('filter:tasks:', '')} ${operator}`
      if (name === 'id greater') return id > Number(value)
      if (name === 'id less') return id < Number(value)
      if (name === 'total_predictions greater') return own.length > Number(value)
      if (name === 'total_annotations greater') return tasks.get(id)!.annotations.length > Number(value)
      if (name === 'predictions_model_versions not_contains') return !own.some(({ model_version: version }) => (value as string[]).some((text) => version.includes(text)))
      throw new Error(`no filter ${name}`)
    })
  }

  function listTasks (query: URLSearchParams): { status: number, body: unknown } {
    const ids = select(JSON.parse(query.get('query') ?? '{}') as Query)
    const size = Number(query.get('page_size'))
    const page = ids.slice(0, size).map((id) => {
      const task = tasks.get(id)!
      return query.get('fields') === 'all' ? { ...task, predictions: byTask.get(id) ?? [] } : { id, data: task.data }
    })
    return { status: 200, body: { total: ids.length, tasks: page } }
  }

  function store (sent: Array<{ task: number, model_version: string, result: unknown }>): { status: number, body: unknown } {
    if (sent.some(({ task }) => !tasks.has(task))) return { status: 400, body: { detail: 'invalid "task" field' } }
    for (const { task, model_version: version, result } of sent) {
      const prediction = { id: ++lastId, task, model_version: version, created_at: new Date().toISOString(), result: keepsResults ? result : [] }
      predictions.push(prediction)
      byTask.set(task, [...byTask.get(task) ?? [], prediction])
    }
    return { status: 201, body: { created: sent.length } }
  }

  function remove (id: number): { status: number, body: unknown } {
    const at = predictions.findIndex((prediction) => prediction.id === id)
    if (at < 0) return { status: 404, body: { detail: 'Not found.' } }
    const [{ task }] = predictions.splice(at, 1) as [StoredPrediction]
    byTask.set(task, byTask.get(task)!.filter((prediction) => prediction.id !== id))
    return { status: 204, body: undefined }
  }

  let lastId = 0

  async function answer (request: IncomingMessage): Promise<{ status: number, body: unknown } | 'destroy'> {
    const { pathname, searchParams } = new URL(request.url!, 'http://localhost')
    const call = `${request.method} ${pathname}`
    state.calls.push(call)
    if (state.calls.length > 10_000) state.calls.length = 0
    const sent = await text(request)
    const other = await state.interfere?.(call, request, sent)
    if (other != null) return other
    const id = Number(/^\/api\/predictions\/(\d+)\/$/.exec(pathname)?.[1] ?? 0)
    if (call === 'GET /api/version') return { status: 200, body: { release: '1.23.2' } }
    if (call === `GET /api/projects/${project}/`) return { status: 200, body: { id: project, title: 'Poses', label_config: labelConfig, task_number: tasks.size } }
    if (call === 'GET /api/tasks') return listTasks(searchParams)
    if (call === `GET /api/projects/${project}/model-versions/`) return { status: 200, body: countVersions() }
    if (call === `POST /api/projects/${project}/import/predictions`) return store(JSON.parse(sent))
    if (id > 0 && request.method === 'DELETE') return remove(id)
    return { status: 404, body: { detail: 'Not found.' } }
  }

  function countVersions (): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { model_version: version } of predictions) counts[version] = (counts[version] ?? 0) + 1
    return counts
  }

  const server: Server = createServer((request, response) => {
    answer(request).then((answered) => {
      if (answered === 'destroy') response.destroy()
      else if (answered.body instanceof Uint8Array) response.writeHead(answered.status, { 'content-type': 'application/octet-stream' }).end(answered.body)
      else response.writeHead(answered.status, { 'content-type': 'application/json' }).end(answered.body === undefined ? undefined : JSON.stringify(answered.body))
    }, (error: Error) => { response.writeHead(500).end(error.message) })
  })
  await open()
  state.url = `http://127.0.0.1:${port}`
  return state

  async function open (): Promise<void> {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  async function close (): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
