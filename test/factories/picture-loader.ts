import type { Test } from 'tap'
import type { PictureOwner } from '../../src/media/picture-loader.ts'
import { createPictureLoader, type PictureLoaderOptions } from '../../src/media/create-picture-loader.ts'

/** A loader without Label Studio and folders, closed at the end of the test, and a short way to call it. */
export function makePictureLoader (t: Pick<Test, 'teardown'>, options: Partial<PictureLoaderOptions> = {}) {
  const loader = createPictureLoader({
    labelStudioUrl: null,
    labelStudioAuth: { header: async () => null, renew: async () => { throw new Error('there is no token to renew') } },
    dataDir: null,
    localFilesDir: null,
    imageOrigins: [],
    maxBytes: 100_000,
    timeoutMs: 5000,
    ...options
  })
  t.teardown(() => loader.close())
  return {
    loader,
    load: (address: string, { basicAuth = null, owner, signal = new AbortController().signal }: { basicAuth?: { user: string, password: string } | null, owner?: PictureOwner, signal?: AbortSignal } = {}) =>
      loader.load({ address, basicAuth, ...(owner && { owner }) }, signal)
  }
}
