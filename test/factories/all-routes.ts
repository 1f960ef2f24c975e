import type { FastifyInstance } from 'fastify'

export interface KnownRoute { method: 'GET' | 'POST', url: string }

/** Every address of the service, a number or name in the place of each parameter; those of /docs by its first page. */
export function allRoutes (app: FastifyInstance): KnownRoute[] {
  const routes: KnownRoute[] = []
  const path: string[] = []
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', segment = '', methods = ''] = /^([│ ]*[├└]── )(\S+)(?: \((.*)\))?$/.exec(line) ?? []
    if (indent === '') continue
    path.length = indent.length / 4 - 1
    path.push(segment)
    const url = path.join('').replace(/:\w+/g, '00000000-0000-0000-0000-000000000000')
    for (const method of methods.split(', ')) {
      if ((method === 'GET' || method === 'POST') && !url.includes('*')) routes.push({ method, url })
    }
  }
  return routes
}
