import type { FastifyError } from 'fastify'
import { createPoseError, isPoseError, type PoseError } from '../src/errors.ts'

/** Fastify's own failures, by their code or status, in our words. */
const byFastifyCode: Record<string, (error: FastifyError) => PoseError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => createPoseError('BODY_TOO_LARGE', 'over the limit of this address'),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: (error) => createPoseError('UNSUPPORTED_MEDIA_TYPE', error.message)
}

/** Whatever a route, a hook or Fastify has thrown, as one of our errors. */
export function toPoseError (error: FastifyError): PoseError {
  if (isPoseError(error)) return error
  const known = byFastifyCode[error.code]
  if (known) return known(error)
  if (error.validation) return createPoseError('REQUEST_INVALID', error.message)
  if (error.statusCode === 429) return createPoseError('RATE_LIMITED', error.message)
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) return createPoseError('REQUEST_INVALID', error.message)
  // The message of an unexpected error may hold anything; it goes to the log alone.
  return createPoseError('INTERNAL', 'unexpected error')
}
