import { BlockList, isIP } from 'node:net'

// One list per family: a BlockList compares across families (an IPv4 address as ::ffff:a.b.c.d),
// so that one list for both would take every IPv4 address for a member of ::/3.
const nonPublicV4 = new BlockList()
const nonPublicV6 = new BlockList()

// IANA's IPv4 special-purpose registry, multicast and the reserved block.
for (const [network, prefix] of [
  ['0.0.0.0', 8], // this host
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; also Alibaba's metadata 100.100.100.200
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's platform address, public in form only
  ['169.254.0.0', 16], // link-local; also the metadata address of most clouds
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; also Oracle's metadata 192.0.0.192
  ['192.0.2.0', 24], // documentation
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['198.18.0.0', 15], // benchmarking
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4] // reserved, broadcast
] as const) nonPublicV4.addSubnet(network, prefix, 'ipv4')

// IPv6 the other way round: global unicast is 2000::/3, so all around it goes at once (loopback, IPv4-mapped,
// NAT64 64:ff9b::/96 and 64:ff9b:1::/48, discard 100::/64, unique local with EC2's metadata, link-local, site-local,
// multicast), then the special blocks inside it.
for (const [network, prefix] of [
  ['::', 3],
  ['4000::', 2],
  ['8000::', 1],
  ['2001::', 23], // protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: carries any IPv4 address
  ['3fff::', 20] // documentation
] as const) nonPublicV6.addSubnet(network, prefix, 'ipv6')

/** Whether an IP literal (no brackets) is reachable from the public internet. Whatever is no IP literal is not public. */
export function isPublicAddress (address: string): boolean {
  switch (isIP(address)) {
    case 4: return !nonPublicV4.check(address, 'ipv4')
    case 6: return !nonPublicV6.check(address, 'ipv6')
    default: return false
  }
}
