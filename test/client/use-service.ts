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
}

/** Calls every kind of address once; nothing here is cast, so that a wrong schema shows as a wrong type. */
export async function useService (baseUrl: string, images: string[]): Promise<Use> {
  const client = createClient<paths>({ baseUrl })

  const health = (await client.GET('/health')).data
  const setup = (await client.POST('/setup', { body: { project: '1.1', schema: '<View/>' } })).data
  const labelConfig = (await client.GET('/label-config', { params: { query: { preset: 'body17' } }, parseAs: 'text' })).data
  const predicted = (await client.POST('/predict', { body: { tasks: images.map((image, id) => ({ id, data: { image } })), label_config: labelConfig ?? null } })).data
  if (health === undefined || setup === undefined || predicted === undefined || labelConfig === undefined) throw new Error('a good request was refused')

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
    unknownPreset: { status: unknownPreset.response.status, code: unknownPreset.error.code }
  }
}
