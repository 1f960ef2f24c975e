import t from 'tap'
import { callCli } from '../factories/call-cli.ts'
import { startLocalServer } from '../factories/local-server.ts'

const call = async (...args: string[]) => await callCli(['sizing', ...args])

t.test('it prints what so many pictures need, and what limits next', async (t) => {
  const { code, out, err } = await call('--pictures', '1000000', '--people', '2', '--mode', 'balanced', '--hours', '24', '--price-per-core-hour', '0.5')
  t.equal(code, 0)
  t.equal(err, '')
  t.match(out, /^1,000,000 pictures, 2 people each, MODE=balanced, within 1 d\n/)
  t.match(out, /processor time of a picture +\d+ ms \(the table: /)
  t.match(out, /replicas +\d+ of 2 cores and 2 workers: /)
  t.match(out, / GiB or more\n/)
  t.match(out, / core-hours, [\d,]+ at 0\.5 a core-hour\n/)
  t.match(out, /What limits next: nothing around the service; Label Studio comes first, at \d+ replicas\.\n$/)
  t.match((await call('--pictures', '1e8', '--hours', '240')).out, /What limits next: Label Studio: measure yours/)
  t.match((await call('--pictures', '100', '--mode', 'feet-balanced')).out, 'feet-balanced was not measured, balanced stands in, so it may take less')
  t.notMatch((await call('--pictures', '100', '--mode', 'feet-balanced', '--ms-per-picture', '100')).out, 'stands in')
})

t.test('for programs, as JSON', async (t) => {
  const { out } = await call('--pictures', '1000', '--ms-per-picture', '250', '--cores-per-replica', '1', '--json')
  t.match(JSON.parse(out), { pictures: 1000, mode: 'balanced', estimate: { msPerPicture: 250, replicas: 1, rate: 4, price: null } })
})

t.test('this machine is measured', async (t) => {
  const { code, out, err } = await call('--pictures', '1000', '--measure', '--json')
  t.equal(code, 0)
  t.match(err, 'Measuring this machine')
  const { slowness, figures } = JSON.parse(out) as { slowness: number, figures: string }
  t.ok(slowness > 0.1 && slowness < 10, figures)
})

t.test('a running service is asked', async (t) => {
  let text = 'process_cpu_seconds_total 50\nrtmpose_people_total 300\nrtmpose_pictures_total{source="networks"} 200\n'
  const service = await startLocalServer(t, (request, response) => { response.writeHead(request.url === '/metrics' ? 200 : 404).end(text) })
  const { out } = await call('--pictures', '1000', '--url', `${service.origin}/`)
  t.match(out, /^1,000 pictures, 1\.5 people each/)
  t.match(out, ` 250 ms (200 pictures that ${service.origin} has estimated, with 1.5 people each)`)
  text = text.replace('} 200', '} 199')
  t.match(await call('--pictures', '1000', '--url', service.origin), { code: 64, err: /has estimated 199 pictures since its start: 200 are needed/ })
  text = 'process_cpu_seconds_total 1'
  t.match(await call('--pictures', '1000', '--url', service.origin), { code: 64, err: /is not that of this service/ })
  t.match(await call('--pictures', '1000', '--url', 'http://127.0.0.1:1'), { code: 64, err: /cannot be read .*METRICS not off/ })
})

t.test('wrong arguments are sentences', async (t) => {
  const cases: Array<[string[], RegExp]> = [
    [[], /^--pictures is missing/],
    [['--pictures', 'many'], /^--pictures many is not valid: a number from 1/],
    [['--pictures', '1', '--mode', 'turbo'], /^--mode turbo is not valid: starter, lightweight/],
    [['--pictures', '1', '--mode', 'constructor'], /^--mode constructor is not valid/],
    [['--pictures', '1', '--hours', '0'], /^--hours 0 is not valid/],
    [['--pictures', '1', '--measure', '--ms-per-picture', '3'], /^Only one of/],
    [['--pictures', '1', '--url', 'studio'], /^--url is not valid/]
  ]
  for (const [args, sentence] of cases) t.match(await call(...args), { code: 64, out: '', err: sentence }, args.join(' '))
})
