/**
 * What somebody else's program would do with a client generated from /openapi.json. client.test.ts generates
 * generated/openapi.d.ts, checks the types of this file against it with TypeScript 5, and calls it on a running service.
 */
import createClient from 'openapi-fetch'
import type { paths } from './generated/openapi.d.ts'

export interface Use {
  modelLoaded: boolean
  modelVersion: string
  results: Array<{ points: number, boxes: number, modelVersion: string } | { error: string, code: string | null }>
  labelConfig: string
  refusal: { status: number, code: string, message: string, requestId: string }
  unknownPreset: { status: number, code: string }
  /** Of a project that nobody has sent events of, and without Label Studio. */
  quality: { created: number, hasReport: boolean, missing: { status: number, code: string } }
}

/** Calls every kind of address once; nothing here is cast, so that a wrong schema shows as a wrong type. */
export async function useService (baseUrl: string, images: string[]): Promise<Use> {
  const client = createClient<paths>({ baseUrl })

  const health = (await client.GET('/health')).data
  const setup = (await client.POST('/setup', { body: { project: '1.1', schema: '<View/>' } })).data
  const labelConfig = (await client.GET('/label-config', { params: { query: { preset: 'body17' } }, parseAs: 'text' })).data
  const predicted = (await client.POST('/predict', { body: { tasks: images.map((image, id) => ({ id, data: { image } })), label_config: labelConfig ?? null } })).data
  if (health === undefined || setup === undefined || predicted === undefined || labelConfig === undefined) throw new Error('a good request was refused')

  const counted = (await client.GET('/projects/{id}/quality', { params: { path: { id: '1' }, query: { report: 'false' } } })).data
  const measured = await client.GET('/projects/{id}/quality', { params: { path: { id: '1' } } })
  if (counted === undefined || typeof counted === 'string' || measured.error === undefined) throw new Error('the quality of a project is not in the form it says')

  // @ts-expect-error tasks are required
  const refused = await client.POST('/predict', { body: { label_config: '<View/>' } })
  // @ts-expect-error no such preset
  const unknownPreset = await client.GET('/label-config', { params: { query: { preset: 'body99' } }, parseAs: 'text' })
  if (refused.error === undefined || unknownPreset.error === undefined) throw new Error('a wrong request was taken')

  return {
    modelLoaded: health.model_loaded,
    modelVersion: setup.model_version,
    results: predicted.results.map((entry) => {
      if ('error' in entry) return { error: entry.error, code: entry.code ?? null }
      const points = entry.result.filter((region) => region.type === 'keypointlabels').map((region) => region.value.keypointlabels.join(' ') + region.value.x)
      const boxes = entry.result.filter((region) => region.type === 'rectanglelabels' || region.type === 'rectangle').map((region) => region.value.width * region.value.height)
      return { points: points.length, boxes: boxes.length, modelVersion: entry.model_version }
    }),
    labelConfig,
    refusal: { status: refused.response.status, code: refused.error.code, message: refused.error.message, requestId: refused.error.requestId },
    quality: { created: counted.events.annotations.created, hasReport: counted.report !== null, missing: { status: measured.response.status, code: measured.error.code } },
    unknownPreset: { status: unknownPreset.response.status, code: unknownPreset.error.code }
  }
}
