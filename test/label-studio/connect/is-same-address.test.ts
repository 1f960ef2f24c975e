import t from 'tap'
import { isSameAddress } from '../../../src/label-studio/connect/is-same-address.ts'

t.test('addresses as people write them', async (t) => {
  for (const [one, other] of [['http://a:9090', 'http://a:9090/'], ['http://A.example:80/pose', 'http://a.example/pose/'], ['no address', 'no address']] as const) t.ok(isSameAddress(one, other), `${one} is ${other}`)
  for (const [one, other] of [['http://a:9090', 'http://a:9091'], ['http://a:9090', 'https://a:9090'], ['http://a/pose', 'http://a/Pose'], ['http://localhost:9090', 'http://127.0.0.1:9090']] as const) t.notOk(isSameAddress(one, other), `${one} is not ${other}`)
})
