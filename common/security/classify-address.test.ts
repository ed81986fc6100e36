import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLoopbackName, classifyAddress, parseNetwork } from './classify-address.ts';

/** Hosts as people write them in a URL, and what they are; null: may be reached. */
const HOSTS: readonly [host: string, kind: string | null][] = [
  ['8.8.8.8', null],
  ['1.1.1.1', null],
  ['100.63.255.255', null],
  ['100.128.0.0', null],
  ['172.15.255.255', null],
  ['172.32.0.0', null],
  ['[2606:4700:4700::1111]', null],
  ['[2a00:1450:4001::1]', null],
  ['[::ffff:8.8.8.8]', null],
  // Loopback, in every way that a URL allows.
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['2130706433', 'loopback'],
  ['017700000001', 'loopback'],
  ['0177.0.0.1', 'loopback'],
  ['0x7f000001', 'loopback'],
  ['0x7f.1', 'loopback'],
  ['127.1', 'loopback'],
  ['127.0.0.1.', 'loopback'],
  ['１２７。0。0。1', 'loopback'],
  ['%31%32%37.0.0.1', 'loopback'],
  ['①②⑦.⓪.⓪.①', 'loopback'],
  ['0177.1', 'loopback'],
  ['[::1]', 'loopback'],
  ['[0:0:0:0:0:0:0:1]', 'loopback'],
  ['[::ffff:127.0.0.1]', 'loopback'],
  ['[::ffff:7f00:1]', 'loopback'],
  ['[::127.0.0.1]', 'reserved'],
  ['[::ffff:0:127.0.0.1]', 'rfc6145'],
  // Nowhere, everybody, many.
  ['0', 'unspecified'],
  ['0.0.0.0', 'unspecified'],
  ['0.1.2.3', 'unspecified'],
  ['[::]', 'unspecified'],
  ['255.255.255.255', 'broadcast'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.255', 'multicast'],
  ['[ff02::1]', 'multicast'],
  // Networks of one's own.
  ['10.0.0.1', 'private'],
  ['0xa.1', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['3232235777', 'private'],
  ['[::ffff:10.0.0.1]', 'private'],
  ['[fc00::1]', 'uniqueLocal'],
  ['[fdff::1]', 'uniqueLocal'],
  ['[fec0::1]', 'deprecatedSiteLocal'],
  ['100.64.0.1', 'carrierGradeNat'],
  ['100.127.255.255', 'carrierGradeNat'],
  ['169.254.0.1', 'linkLocal'],
  ['[fe80::1]', 'linkLocal'],
  // Addresses of the metadata services of clouds.
  ['169.254.169.254', 'linkLocal'],
  ['0xa9fea9fe', 'linkLocal'],
  ['[::ffff:169.254.169.254]', 'linkLocal'],
  ['[fd00:ec2::254]', 'uniqueLocal'],
  ['100.100.100.200', 'carrierGradeNat'],
  ['192.0.0.192', 'reserved'],
  ['168.63.129.16', 'metadata'],
  // Addresses that contain another address.
  ['[64:ff9b::a00:1]', 'rfc6052'],
  ['[64:ff9b::169.254.169.254]', 'rfc6052'],
  ['[64:ff9b:1::a00:1]', 'rfc6052'],
  ['[2002:808:808::1]', '6to4'],
  ['[2002:7f00:1::]', '6to4'],
  ['[2001:0:4136:e378:8000:63bf:3fff:fdd2]', 'teredo'],
  ['192.88.99.1', 'reserved'],
  // Examples, measurements, the future.
  ['192.0.2.1', 'reserved'],
  ['198.51.100.1', 'reserved'],
  ['203.0.113.1', 'reserved'],
  ['[2001:db8::1]', 'reserved'],
  ['[3fff::1]', 'reserved'],
  ['198.18.0.1', 'reserved'],
  ['198.19.255.255', 'reserved'],
  ['[2001:2::1]', 'benchmarking'],
  ['[100::1]', 'discard'],
  ['[5f00::1]', 'segmentRouting'],
  ['[4000::1]', 'reserved'],
  ['240.0.0.1', 'reserved'],
];

for (const [host, kind] of HOSTS) {
  test(`http://${host}/ is ${kind === null ? 'public' : `refused: ${kind}`}`, () => {
    const { hostname } = new URL(`http://${host}/`);
    assert.equal(classifyAddress(hostname.replace(/^\[(.*)\]$/, '$1'), []), kind, hostname);
  });
}

test('the table has at least 40 refused addresses', () => {
  assert.ok(HOSTS.filter(([, kind]) => kind !== null).length >= 40);
});

for (const address of ['', 'localhost', '0177.0.0.1', '127.1', '2130706433', '[::1]']) {
  test(`"${address}" is no address as a resolver gives it, and is refused`, () => {
    assert.equal(classifyAddress(address, []), 'malformed');
  });
}

test('allowed networks may be reached, and nothing beside them', () => {
  const allowed = ['10.1.0.0/16', 'fd00::/8', '127.0.0.1/32'].map(parseNetwork);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '127.0.0.1', '8.8.8.8']) {
    assert.equal(classifyAddress(address, allowed), null, address);
  }
  for (const address of ['10.2.0.1', 'fc00::1', '127.0.0.2', '::1']) {
    assert.notEqual(classifyAddress(address, allowed), null, address);
  }
});

test('names that mean this machine are known without a look-up', () => {
  const here = ['localhost', 'LOCALHOST.', 'a.b.localhost', 'localhost.localdomain', 'localhost6'];
  for (const name of [...here, 'ip6-localhost', 'ip6-loopback']) {
    assert.ok(isLoopbackName(name), name);
  }
  const others = ['localhost.example', 'mylocalhost', 'example.com', 'localhos', 'localdomain'];
  for (const name of others) assert.ok(!isLoopbackName(name), name);
});
