import t from 'tap'
import { isPublicAddress } from '../../src/media/address-guard.ts'

const refused = {
  'this host': ['0.0.0.0', '0.255.255.255', '::'],
  private: ['10.0.0.1', '10.255.255.255', '172.16.0.1', '172.31.255.255', '192.168.0.1', '192.168.255.255'],
  loopback: ['127.0.0.1', '127.255.255.254', '::1'],
  'link-local and metadata': ['169.254.0.1', '169.254.169.254', 'fe80::1', 'febf::1', 'fe80::1%eth0', 'fd00:ec2::254', '100.100.100.200', '192.0.0.192', '168.63.129.16'],
  'carrier-grade NAT': ['100.64.0.0', '100.127.255.255'],
  'unique and site local': ['fc00::1', 'fdff:ffff::1', 'fec0::1'],
  documentation: ['192.0.2.1', '198.51.100.7', '203.0.113.255', '2001:db8::1', '3fff::1', '3fff:fff::1'],
  benchmarking: ['198.18.0.1', '198.19.255.255', '2001:2::1'],
  multicast: ['224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  reserved: ['240.0.0.1', '255.255.255.255', '192.0.0.1', '192.88.99.1', '100::1', '4000::1', '5f00::1', 'e000::1'],
  'IPv4 inside IPv6': ['::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2001:0:7f00:1::1']
}

t.test('addresses that are not public', async (t) => {
  for (const [kind, addresses] of Object.entries(refused)) {
    for (const address of addresses) t.equal(isPublicAddress(address), false, `${kind}: ${address}`)
  }
})

t.test('public addresses, also right beside the blocks', async (t) => {
  for (const address of [
    '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '168.63.129.15',
    '168.63.129.17', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.0', '192.0.3.0', '192.167.255.255',
    '192.169.0.0', '198.17.255.255', '198.20.0.0', '203.0.112.255', '203.0.114.0', '223.255.255.255',
    '2000::1', '2001:200::1', '2001:db7:ffff::1', '2001:db9::1', '2003::1', '2606:4700::1111', '2a00:1450::1', '3fff:1000::1'
  ]) t.equal(isPublicAddress(address), true, address)
})

t.test('what is no IP literal is not public', async (t) => {
  for (const text of ['', 'localhost', 'example.com', '8.8.8', '08.8.8.8', '0x8.8.8.8', '134744072', '[2606:4700::1]', '8.8.8.8 ', '8.8.8.8:80']) {
    t.equal(isPublicAddress(text), false, JSON.stringify(text))
  }
})
