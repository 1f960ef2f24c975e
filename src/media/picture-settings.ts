import type { Config } from '../config.ts'
import type { PictureLoaderOptions } from './create-picture-loader.ts'

/** Where pictures may come from and how long, as the configuration says it; Label Studio itself is for the caller to name. */
export function pictureSettings (config: Config): Pick<PictureLoaderOptions, 'dataDir' | 'localFilesDir' | 'imageOrigins' | 'maxBytes' | 'timeoutMs'> {
  const { dataDir, localFilesDir, imageOrigins, downloadMaxBytes: maxBytes, downloadTimeoutMs: timeoutMs } = config
  return { dataDir, localFilesDir, imageOrigins, maxBytes, timeoutMs }
}
