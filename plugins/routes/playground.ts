import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { FastifyReply } from 'fastify'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { keypointSets } from '../../models/keypoint-sets.ts'
import { createPoseError } from '../../src/errors.ts'
import { presetNames } from '../../src/label-studio/label-config-preset.ts'
import { createTaskMaker, type ImportedTask } from '../../src/picture-files/create-task-maker.ts'
import { PictureRecordSchema, type PictureRecord } from '../../src/picture-files/picture-record.ts'
import { toCocoDocument } from '../../src/picture-files/to-coco-document.ts'
import { describePage, type PageLimits } from '../playground/page-facts.ts'
import { sendPageFile, toPageFile, type PageFile } from '../playground/page-file.ts'

export interface PlaygroundOptions {
  /** By path below /playground/. */
  files: ReadonlyMap<string, PageFile>
  limits: PageLimits
  /** Percent of the picture's width. */
  keypointSize: number
}

/** Some 450 people with all their points. */
const exportBytes = 4 * 1024 * 1024

/** GET /playground/<file>: what the page at / is made of. POST /playground/export: what it shows, in a form to copy. */
export const playgroundRoutes: FastifyPluginAsyncTypebox<PlaygroundOptions> = async (fastify, { files, limits, keypointSize }) => {
  const facts = toPageFile('application/json; charset=utf-8', Buffer.from(JSON.stringify(describePage(limits, fastify.apiTokenSecurity.length > 0))))
  // One route for each: there is no path that a caller could make up.
  for (const [path, file] of [...files, ['facts.json', facts] as const]) {
    if (path !== 'index.html') fastify.get(`/playground/${path}`, { logLevel: 'warn', schema: { hide: true } }, (request, reply) => sendPageFile(request, reply, file))
  }

  fastify.post('/playground/export', {
    bodyLimit: exportBytes,
    schema: {
      hide: true,
      body: Type.Object({
        format: Type.Union([Type.Literal('label-studio'), Type.Literal('coco')]),
        preset: Type.Optional(Type.Unsafe<typeof presetNames[number]>({ type: 'string', enum: [...presetNames] })),
        pictures: Type.Array(PictureRecordSchema, { minItems: 1, maxItems: 1000 })
      })
    }
  }, async ({ body: { format, preset = 'wholebody133', pictures } }, reply) => {
    const { keypointSet } = pictures[0]!
    if (pictures.some((picture) => picture.keypointSet !== keypointSet)) throw createPoseError('REQUEST_INVALID', 'the pictures have points of several sets')
    if (format === 'coco') return toCocoDocument(pictures, keypointSet)
    const toTask = createTaskMaker({
      labelConfig: fastify.poseService.labelConfig(preset),
      set: keypointSets[keypointSet],
      keypointSize,
      addressOf: (name) => name,
      modelVersionOf: ({ modelVersion }) => modelVersion
    })
    return (reply as FastifyReply).type('application/json; charset=utf-8').send(Readable.from(writeTasks(pictures, toTask)))
  })
}

/** As tasks people are five times as long: between two pictures others have their turn. */
async function * writeTasks (pictures: readonly PictureRecord[], toTask: (record: PictureRecord) => ImportedTask): AsyncGenerator<string> {
  for (const [number, picture] of pictures.entries()) {
    await setImmediate()
    yield `${number === 0 ? '[' : ','}${JSON.stringify(toTask(picture))}`
  }
  yield ']'
}
