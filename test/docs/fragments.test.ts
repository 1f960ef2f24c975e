/** What stands in the documents besides commands: settings files of other programs, labelling interfaces, JSON. */
import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { mkdir, writeFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { cocoWholebody133 } from '../../models/keypoints/coco-wholebody-133.ts'
import { createLabelConfigPlanner } from '../../src/label-studio/label-config-planner.ts'
import { makeSelfSignedCertificate } from '../factories/self-signed-certificate.ts'
import { codeBlocks, markdownFiles, type CodeBlock } from './documents.ts'

const execute = promisify(execFile)
const has = (program: string, option: string) => spawnSync(program, [option]).error === undefined

/** By language. @returns null, or what should be known of the check */
const checks: Record<string, (t: Test, block: CodeBlock) => Promise<string | null>> = {
  mermaid: async () => 'architecture.test.ts compares it with the imports',
  json: async (t, { text }) => {
    t.type(JSON.parse(text), 'object')
    return null
  },
  yaml: async (t, { text }) => {
    t.type(parse(text), 'object')
    return null
  },
  xml: async (t, { text }) => {
    const whole = text.startsWith('<View') ? text : `<View><Image name="image" value="$image"/><KeyPointLabels name="points" toName="image"><Label value="nose"/></KeyPointLabels>${text}</View>`
    t.ok(createLabelConfigPlanner().plan(whole, cocoWholebody133).pictures.length > 0, 'the model can fill it')
    return null
  },
  ini: async (t, { text, fileName }) => {
    if (!has('systemd-analyze', '--version')) return 'needs systemd-analyze'
    const file = join(t.testdir(), fileName)
    // Where these programs are not, it would refuse the unit for that.
    await writeFile(file, text.replace(/^Requires=docker\.service\n/m, '').replace(/\/usr\/bin\/(node|docker)/, process.execPath))
    await execute('systemd-analyze', ['verify', file])
    return null
  },
  nginx: async (t, { text }) => {
    if (!has('nginx', '-v')) return 'needs nginx'
    const folder = t.testdir()
    const { cert, key } = makeSelfSignedCertificate()
    await mkdir(join(folder, 'logs'))
    await Promise.all([writeFile(join(folder, 'cert'), cert), writeFile(join(folder, 'key'), key)])
    const here = text.replace(/ssl_certificate \S+;/, `ssl_certificate ${folder}/cert;`).replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${folder}/key;`)
    await writeFile(join(folder, 'nginx.conf'), `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${here}\n}\n`)
    await execute('nginx', ['-t', '-p', folder, '-c', join(folder, 'nginx.conf')])
    return null
  },
  caddyfile: async (t, { text }) => {
    t.equal([...text].filter((sign) => sign === '{').length, [...text].filter((sign) => sign === '}').length)
    return has('caddy', 'version') ? null : 'needs caddy for more than its braces'
  }
}

/** Looked after by commands.test.ts. */
const commandsAndOutput = new Set(['sh', 'bash', 'indented', ''])

for (const block of markdownFiles().flatMap((file) => codeBlocks(file)).filter(({ language }) => !commandsAndOutput.has(language))) {
  const check = checks[block.language]
  t.test(`${block.file}:${block.line} (${block.language})`, async (t) => {
    t.ok(check !== undefined, 'a language that is known here')
    const why = await check?.(t, block) ?? null
    if (why !== null) t.comment(why)
  })
}
