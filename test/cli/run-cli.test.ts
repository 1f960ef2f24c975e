import t from 'tap'
import { registry } from '../../models/find-model.ts'
import { publishedAccuracy } from '../../models/registry/published-accuracy.ts'
import { commands } from '../../src/cli/commands.ts'
import { createTerminal } from '../../src/cli/create-terminal.ts'
import { version } from '../../src/version.ts'
import { callCli } from '../factories/call-cli.ts'

const call = async (...args: string[]) => await callCli(args)

t.test('without a command, all are listed', async (t) => {
  for (const args of [[], ['--help'], ['-h']]) {
    const { code, out, err } = await call(...args)
    t.equal(code, 0)
    t.equal(err, '')
    for (const words of Object.keys(commands)) t.match(out, `label-studio-rtmpose ${words}`)
  }
  t.same(await call('--version'), { code: 0, out: `${version}\n`, err: '' })
})

t.test('a command that is not there is a wrong use', async (t) => {
  const { code, out, err } = await call('models', 'sell', '--all')
  t.equal(code, 64)
  t.equal(out, '', 'a pipe gets no list of commands')
  t.match(err, /^There is no command "models sell"\.\n/)
  t.match(err, 'label-studio-rtmpose models list')
})

t.test('each command says how it is used', async (t) => {
  for (const words of Object.keys(commands)) {
    const { code, out } = await call(...words.split(' '), '--help')
    t.equal(code, 0)
    t.ok(out.startsWith(`label-studio-rtmpose ${words}`), words)
    t.equal(out.trim().split('\n').length, 2)
  }
})

t.test('a wrong argument is a sentence and no stack', async (t) => {
  t.match(await call('models', 'list', '--colour'), { code: 64, out: '', err: '"models list" takes no --colour.\n' })
})

t.test('models list shows every entry of the registry with its licence', async (t) => {
  const { code, out } = await call('models', 'list')
  t.equal(code, 0)
  for (const { id } of registry) t.ok(out.includes(`\n${id}  (`) || out.startsWith(`${id}  (`), id)
  for (const { license } of registry) t.ok(out.includes(`licence: ${license}`), license)
  t.match(out, /RTMW-l 256x192: [^\n]*; MODE=balanced\n +accuracy: whole-body AP 66\.0 \(COCO-WholeBody/)
  t.match(out, /Starter pose [\d.]+: \d+\.\d MB, is there; MODE=starter/)
  for (const id of Object.keys(publishedAccuracy)) t.ok(registry.some((entry) => entry.id === id), `${id} is a model`)
})

t.test('progress takes one line, and none where nobody watches', async (t) => {
  let shown = ''
  const write = (text: string | Uint8Array) => { shown += String(text); return true }
  const terminal = createTerminal({ write }, { write, isTTY: true, columns: 10 })
  terminal.progress('0123456789 too long')
  terminal.print('result')
  t.equal(shown, '\r\x1b[2K012345678\r\x1b[2Kresult\n')
  shown = ''
  createTerminal({ write }, { write }).progress('nobody sees this')
  t.equal(shown, '')
})
