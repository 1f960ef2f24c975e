/** npm run docs: writes the generated documents. With --check it only compares, and exits with 1 when one is stale. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderDocs } from './render-docs.ts'

const check = process.argv.includes('--check')
let stale = 0

for (const [path, text] of renderDocs()) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url))
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue
  stale++
  if (check) {
    console.error(`${path} is not current: run npm run docs.`)
  } else {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    console.log(`${path} written.`)
  }
}

if (check && stale > 0) process.exitCode = 1
else if (stale === 0) console.log('All generated documents are current.')
