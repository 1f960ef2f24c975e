/**
 * The address under which Label Studio finds a picture.
 * @param root what stands before the names: a folder of a server, of a bucket, or of a local-files storage
 *   ("/data/local-files/?d=photos"); a slash is put between where one is missing
 * @param name with `/` between the steps
 */
export function addressBelow (root: string, name: string): string {
  // Label Studio takes the key of a bucket as it stands, and decodes the others.
  const path = /^(s3|gs|azure-blob):\/\//i.test(root) ? name : name.split('/').map(encodeURIComponent).join('/')
  return /[/=]$/.test(root) ? `${root}${path}` : `${root}/${path}`
}
